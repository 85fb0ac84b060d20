"""`reviews apply FILE`: an installation made to match a TOML that declares a group, its clinics and their sources.

Idempotent: the same file twice changes nothing. What the file does not name is left alone and listed. The whole file is
checked before anything is written, and is written in one transaction.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from reviews.clock import utc_now
from reviews.collect import Context
from reviews.commands.declaration import TEXT_KEYS, Declared, is_time_zone, read_declaration
from reviews.errors import ConfigError
from reviews.model import Clinic, Source
from reviews.sources.registry import CONNECTORS
from reviews.sources.web_page import origin_of
from reviews.storage import GroupTransaction, Storage, Transaction, audit, clinics, groups, removal, sources, widgets
from reviews.web.setup import free_slug

LEFT_ALONE = "left alone: "


def apply_file(context: Context, path: Path, *, dry_run: bool = False, with_deleted: bool = False) -> list[str]:
    """Make the installation match the file; one line for what was left alone, then one for what was added or changed.

    Where nothing was added or changed, the last line says so. What people have deleted since is added again only
    `with_deleted`: a file that is applied every night must not undo what an owner decided.
    """
    declared = read_declaration(path, context)
    lines: list[str] = []
    with suppress(_DryRun):
        _write(context, declared, lines, dry_run=dry_run, with_deleted=with_deleted)
    beside = [line for line in lines if line.startswith(LEFT_ALONE)]
    done = [f"would be: {line}" if dry_run else line for line in lines if not line.startswith(LEFT_ALONE)]
    return [*beside, *(done or ["Nothing to change."])]


class _DryRun(Exception):
    """Rolls the transaction of a dry run back."""


def _write(context: Context, declared: Declared, lines: list[str], *, dry_run: bool, with_deleted: bool) -> None:
    with context.storage.write() as tx:
        groups.lock_groups(tx)
        group = _group(tx, declared, context.clock(), lines)
        g = tx.group(group.id)
        for clinic in _without_deleted(g, declared.clinics, lines, with_deleted=with_deleted):
            _apply_clinic(g, clinic, context, declared.is_demo, lines)
        named = {clinic["slug"] for clinic in declared.clinics}
        lines += [
            f"{LEFT_ALONE}clinic {clinic.slug} is not in the file"
            for clinic in clinics.find_clinics(g)
            if clinic.slug not in named
        ]
        if dry_run:
            raise _DryRun


def _without_deleted(
    g: GroupTransaction, declared: Sequence[Mapping[str, Any]], lines: list[str], *, with_deleted: bool
) -> list[Mapping[str, Any]]:
    """The clinics and sources of the file, without those that were deleted here and are not back.

    What is still being deleted is left alone in any case: it would go with what was written to it.
    """
    going = {public_id for group_id, _, public_id in removal.find_open(g.tx) if group_id == g.group_id}
    kept: list[Mapping[str, Any]] = []
    for clinic in declared:
        found = clinics.find_clinic_by_slug(g, clinic["slug"])
        if found is not None and found.public_id in going:
            lines.append(f"{LEFT_ALONE}clinic {clinic['slug']} is being deleted")
            continue
        if found is None and not with_deleted and (at := removal.find_removed(g, clinic["slug"])):
            lines.append(
                f"{LEFT_ALONE}clinic {clinic['slug']} was deleted on {at:%Y-%m-%d} (--with-deleted adds it again)"
            )
            continue
        held = {(each.kind, each.label): each.public_id for each in sources.find_sources(g, found.id)} if found else {}
        given = []
        for source in clinic.get("sources", []):
            name = (source["kind"], source["label"])
            if held.get(name) in going:
                lines.append(f"{LEFT_ALONE}source {source['label']} of {clinic['slug']} is being deleted")
                continue
            if name not in held and not with_deleted and (at := removal.find_removed(g, clinic["slug"], *name)):
                lines.append(
                    f"{LEFT_ALONE}source {source['label']} of {clinic['slug']} was deleted on {at:%Y-%m-%d} "
                    "(--with-deleted adds it again)"
                )
                continue
            given.append(source)
        kept.append({**clinic, "sources": given})
    return kept


def _group(tx: Transaction, declared: Declared, now: datetime, lines: list[str]) -> groups.Group:
    for group in groups.find_groups(tx):
        if group.name == declared.group_name:
            return group
    lines.append(f"added group {declared.group_name}")
    return groups.add_group(tx, name=declared.group_name, now=now, is_demo=declared.is_demo)


def _apply_clinic(
    g: GroupTransaction, declared: Mapping[str, Any], context: Context, is_demo: bool, lines: list[str]
) -> None:
    now = context.clock()
    wanted: dict[str, Any] = {key: declared[key] for key in TEXT_KEYS if key in declared}
    for key in ("professions", "languages"):
        if key in declared:
            wanted[key] = tuple(declared[key])
    slug = declared["slug"]
    clinic = clinics.find_clinic_by_slug(g, slug)
    if clinic is None:
        clinic = clinics.add_clinic(g, slug=slug, now=now, is_demo=is_demo, **wanted)
        lines.append(f"added clinic {slug}")
        _record(g, now, "clinic.added", "clinic", clinic.public_id)
    elif changed := {key: value for key, value in wanted.items() if getattr(clinic, key) != value}:
        clinic = clinics.update_clinic(g, clinic.id, now=now, **changed)
        lines.append(f"changed clinic {slug}: {', '.join(sorted(changed))}")
        _record(g, now, "clinic.changed", "clinic", clinic.public_id, sorted(changed))
    if not widgets.find_widgets_of_clinic(g, clinic.id):
        if widgets.find_widget_by_slug(g.tx, slug):
            raise ConfigError(f"clinic {slug}, slug: another group here has it already; please choose another one")
        # A deleted widget keeps its slug for good: pages of others may still ask for it.
        free = slug if widgets.is_free(g.tx, slug) else free_slug(g.tx, g, slug)
        widgets.add_widget(
            g, slug=free, now=now, clinic_ids=[clinic.id], language=clinic.language, **declared.get("widget", {})
        )
        lines.append(f"added widget {free}")
    _confirm(g, declared, clinic, context, lines)
    by_label = {
        source["label"]: _apply_source(g, source, clinic, context, lines) for source in declared.get("sources", [])
    }
    primary = declared.get("primary_source")
    if primary in by_label and clinic.primary_source_id != by_label[primary].id:
        clinics.update_clinic(g, clinic.id, now=now, primary_source_id=by_label[primary].id)
        lines.append(f"changed clinic {slug}: primary source is {primary}")
    known = {(source.kind, source.label) for source in by_label.values()}
    lines += [
        f"{LEFT_ALONE}source {source.label} of {slug} is not in the file"
        for source in sources.find_sources(g, clinic.id)
        if (source.kind, source.label) not in known
    ]


def _confirm(
    g: GroupTransaction, declared: Mapping[str, Any], clinic: Clinic, context: Context, lines: list[str]
) -> None:
    name = declared.get("confirmed_by")
    if not name:
        return
    confirmed = {(c.jurisdiction, c.profession) for c in clinics.find_confirmations(g)}
    for profession in clinic.professions:
        if (clinic.jurisdiction, profession) in confirmed:
            continue
        clinics.confirm_rule(
            g,
            jurisdiction=clinic.jurisdiction,
            profession=profession,
            row_version=context.book.version(clinic.jurisdiction, profession),
            person_id=None,
            person_name=name,
            now=context.clock(),
        )
        lines.append(f"confirmed by {name}: the rule for {profession} in {clinic.jurisdiction}")
        _record(g, context.clock(), "rule.confirmed", "clinic", clinic.public_id, [clinic.jurisdiction, profession])


def _apply_source(
    g: GroupTransaction, declared: Mapping[str, Any], clinic: Clinic, context: Context, lines: list[str]
) -> Source:
    now = context.clock()
    url = str(declared.get("url", ""))
    config = dict(declared.get("config", {}))
    connector = CONNECTORS[declared["kind"]]
    origin = declared.get("origin") or (
        origin_of(url, clinic.website) if declared["kind"] == "web_page" else connector.traits.origin
    )
    wanted: dict[str, Any] = {
        "url": url,
        "config": config,
        "origin": origin,
        "declared_complete": bool(declared.get("complete", False)),
        "interval_minutes": declared.get("interval_minutes"),
    }
    found = [
        source
        for source in sources.find_sources(g, clinic.id)
        if source.label == declared["label"] and source.kind == declared["kind"]
    ]
    if not found:
        source = sources.add_source(
            g, clinic_id=clinic.id, kind=declared["kind"], label=declared["label"], now=now, next_due_at=now, **wanted
        )
        lines.append(f"added source {source.label} of {clinic.slug}")
        _record(g, now, "source.added", "source", source.public_id)
        return source
    source = found[0]
    if changed := {key: value for key, value in wanted.items() if getattr(source, key) != value}:
        # Another address is another page: what the old one led to expect says nothing about it. Whatever has changed,
        # the next reading must not be told "nothing new".
        fresh: dict[str, Any] = {"validators": {}}
        if changed.keys() & {"url", "config"}:
            fresh |= {"cursor": {}, "expectations": {}, "next_due_at": now}
        source = sources.update_source(g, source.id, now=now, **changed, **fresh)
        lines.append(f"changed source {source.label} of {clinic.slug}: {', '.join(sorted(changed))}")
        _record(g, now, "source.changed", "source", source.public_id, sorted(changed))
    return source


def _record(
    g: GroupTransaction, now: datetime, action: str, kind: str, public_id: str, what: list[str] | None = None
) -> None:
    audit.add_entry(
        g,
        now=now,
        person_id=None,
        action=action,
        object_kind=kind,
        object_id=public_id,
        after={"by": "apply", "what": what or []},
    )


def check_first_clinic(*, name: str, time_zone: str) -> None:
    """Raise ConfigError for what cannot be a clinic's name or time zone."""
    if not name.strip() or not name.isprintable():
        raise ConfigError(f"clinic: found {name!r}; expected the clinic's name")
    if not is_time_zone(time_zone):
        raise ConfigError(f"time zone: found {time_zone!r}; expected a name such as America/Vancouver")


def first_clinic(storage: Storage, *, name: str, time_zone: str) -> None:
    """The first group with its first clinic and widget, as `reviews init` makes them; nothing where there is one."""
    now = utc_now()
    with storage.write() as tx:
        groups.lock_groups(tx)
        if groups.find_groups(tx):
            return
        group = groups.add_group(tx, name=name, now=now)
        g = tx.group(group.id)
        slug = free_slug(tx, g, name)
        clinic = clinics.add_clinic(g, slug=slug, name=name, now=now, time_zone=time_zone)
        widgets.add_widget(g, slug=slug, now=now, clinic_ids=[clinic.id])


assert set(TEXT_KEYS) <= {field.name for field in fields(Clinic)}
