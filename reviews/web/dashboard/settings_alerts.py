"""Who is told what: one's own rules, those of the group's channels and of others, and what became of each message."""

from dataclasses import replace
from datetime import time
from typing import Any

from flask import make_response, redirect, url_for
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from reviews.i18n import N_
from reviews.storage import GroupTransaction, alerts, clinics, deliveries, people, sources
from reviews.storage.alerts import AlertRule, Wishes
from reviews.web.dashboard.base import blueprint, note, reading, render
from reviews.web.forms import Form, is_first_press, read_form, read_query, write_once
from reviews.web.policy import Right
from reviews.web.state import get_visitor, get_words, state

PAGE_SIZE = 50
STARS = (5, 4, 3, 2, 1, 0)
WHEN = {"at_once": N_("at once"), "daily": N_("once a day, together"), "never": N_("never")}
REASONS = {
    "risk": N_("risk words"),
    "disagree": N_("stars and text disagree"),
    "sentence": N_("praise with a complaint in it"),
}
STATES = {
    "waiting": N_("waiting"),
    "sent": N_("sent"),
    "dead": N_("given up"),
    "dropped": N_("nothing left to tell"),
}
KINDS = {
    "review": N_("a review to look at"),
    "news": N_("new reviews"),
    "daily": N_("reviews of the day"),
    "first": N_("many reviews at once"),
    "trouble": N_("a source in trouble"),
    "recovered": N_("a source well again"),
    "pull.failed": N_("changes that come later"),
    "pull.recovered": N_("changes noticed at once again"),
    "worker.silent": N_("the worker has stopped"),
    "worker.back": N_("the worker is back"),
    "digest": N_("the week"),
    "invitation": N_("an invitation"),
    "reply.rejected": N_("a reply that was rejected"),
    "reply.not_confirmed": N_("a reply that is not to be seen"),
    "test": N_("a test"),
}
NO_HOUR = N_("Please give both hours, such as 21:00 and 07:30, or none.")
FIELDS = ("urgent", "news", "trouble", "digest", "quiet_from", "quiet_until", "urgent_passes", "person", "channel")


# ---------------------------------------------------------------- the page
@blueprint.get("/settings/alerts", endpoint="alerts")
def alerts_page() -> str:
    """One's own rules; for who manages the group also its channels and the rules of others."""
    visitor = get_visitor()
    with reading() as g:
        found = alerts.find_rules(g)
        channels = alerts.find_channels(g)
        members = {member.person.id: member.person for member in people.find_members(g)}
        names = _names(g)
        log = deliveries.find_log(g, limit=3, person_id=visitor.person.id)
    mine = [rule for rule in found if rule.person_id == visitor.person.id and rule.channel_id is None]
    others = [rule for rule in found if rule.channel_id is None and rule.person_id != visitor.person.id]
    return render(
        "alerts.html",
        "settings",
        mine=[(rule, describe(rule.wishes, names)) for rule in mine],
        default=describe(Wishes(), names),
        others=[(rule, members[rule.person_id].name, describe(rule.wishes, names)) for rule in others
                if rule.person_id in members],
        channels=[
            (channel, [(rule, describe(rule.wishes, names)) for rule in found if rule.channel_id == channel.id])
            for channel in channels
        ],
        people=[(each.public_id, each.name) for each in members.values() if each.id != visitor.person.id],
        has_mail=bool(state().settings.smtp_host),
        has_keys=bool(state().settings.secret_keys),
        tests=[line for line in log if line.delivery.kind == "test"][:1],
    )  # fmt: skip


def _names(g: GroupTransaction) -> dict[str, str]:
    """Clinics and sources of the group by their public ids."""
    places = {place.id: place for place in clinics.find_clinics(g)}
    names = {place.public_id: place.name for place in places.values()}
    for source in sources.find_sources(g):
        names[source.public_id] = f"{source.label} – {places[source.clinic_id].name}"
    return names


def describe(wishes: Wishes, names: dict[str, str]) -> list[str]:
    """What a rule asks for, in short sentences of the reader's language."""
    words = get_words()
    chosen = sorted(names.get(each, "…") for each in wishes.clinics | wishes.sources)
    found = [", ".join(chosen) if chosen else words.text(N_("All clinics and sources"))]
    if wishes.stars:
        stars = ", ".join(str(each) if each else words.text(N_("without stars")) for each in sorted(wishes.stars))
        found.append(words.text(N_("only with these stars: {stars}"), stars=stars))
    found.append(words.text(N_("urgent ones: {when}"), when=words.text(WHEN[wishes.urgent])))
    if wishes.reasons:
        reasons = ", ".join(words.text(text) for kind, text in REASONS.items() if kind in wishes.reasons)
        found.append(words.text(N_("also urgent: {reasons}"), reasons=reasons))
    found.append(words.text(N_("other reviews: {when}"), when=words.text(WHEN[wishes.news])))
    if wishes.trouble:
        found.append(words.text(N_("sources in trouble")))
    if wishes.digest:
        found.append(words.text(N_("the week, on Mondays")))
    if wishes.quiet_from and wishes.quiet_until:
        hours = f"{wishes.quiet_from:%H:%M}–{wishes.quiet_until:%H:%M}"
        text = N_("quiet {hours}, urgent ones pass") if wishes.urgent_passes else N_("quiet {hours}")
        found.append(words.text(text, hours=hours))
    return found


# ---------------------------------------------------------------- one rule
@blueprint.get("/settings/alerts/new")
def new_rule() -> str:
    """The form of a rule for oneself, a colleague or a channel, as the address says."""
    query = read_query("person", "channel")
    _owner_of(query)
    return _form(Wishes(), {"person": query["person"], "channel": query["channel"]}, {}, None)


@blueprint.post("/settings/alerts/new")
def add_rule() -> Response:
    """A new rule."""
    form = read_form(*FIELDS, many=["clinics", "sources", "stars", "reasons"])
    person_id, channel_id = _owner_of(form)
    wishes, faults = _read(form)
    if faults:
        return make_response(_form(wishes, form.values, faults, None), 400)

    def work(g: GroupTransaction) -> str:
        rule = alerts.add_rule(g, person_id=person_id, channel_id=channel_id, wishes=wishes, now=state().clock())
        note(g, "alert.added", "alert", rule.public_id)
        return url_for("dashboard.alerts", done="saved")

    return write_once(work)


def _owner_of(form: Form) -> tuple[int | None, int | None]:
    """(person, channel) that a new rule is for; others and channels are for who manages the whole group."""
    visitor = get_visitor()
    if not form["person"] and not form["channel"]:
        return visitor.person.id, None
    if not visitor.may(Right.GROUP):
        raise Forbidden("rules of others")
    with reading() as g:
        if form["channel"]:
            return None, alerts.get_channel_by_public_id(g, form["channel"]).id
        return people.get_member_by_public_id(g, form["person"]).person.id, None


def _find_rule(g: GroupTransaction, public_id: str) -> AlertRule:
    """A rule that the visitor may change; raises NotFound for others', unless they manage the whole group."""
    visitor = get_visitor()
    rule = alerts.get_rule(g, public_id)
    is_own = rule.person_id == visitor.person.id and rule.channel_id is None
    if not is_own and not visitor.may(Right.GROUP):
        raise NotFound
    return rule


@blueprint.get("/settings/alerts/rules/<public_id>")
def rule_form(public_id: str) -> str:
    """The form of a rule."""
    with reading() as g:
        rule = _find_rule(g, public_id)
    return _form(rule.wishes, {}, {}, rule)


@blueprint.post("/settings/alerts/rules/<public_id>")
def save_rule(public_id: str) -> Response:
    """Put other wishes in place of a rule's."""
    form = read_form(*FIELDS, many=["clinics", "sources", "stars", "reasons"])
    with reading() as g:
        rule = _find_rule(g, public_id)
    wishes, faults = _read(form)
    if faults:
        return make_response(_form(wishes, form.values, faults, rule), 400)

    def work(g: GroupTransaction) -> str:
        _find_rule(g, public_id)
        alerts.update_rule(g, public_id, wishes, now=state().clock())
        note(g, "alert.changed", "alert", public_id)
        return url_for("dashboard.alerts", done="saved")

    return write_once(work)


@blueprint.post("/settings/alerts/rules/<public_id>/delete")
def delete_rule(public_id: str) -> Response:
    """Let a rule go; a person without any gets what everybody gets."""
    read_form()

    def work(g: GroupTransaction) -> str:
        _find_rule(g, public_id)
        alerts.delete_rule(g, public_id)
        note(g, "alert.deleted", "alert", public_id)
        return url_for("dashboard.alerts", done="saved")

    return write_once(work)


def _read(form: Form) -> tuple[Wishes, dict[str, str]]:
    """The wishes of a form, and what is wrong with it. Raises NotFound for ids that are not the group's."""
    with reading() as g:
        places = {place.public_id for place in clinics.find_clinics(g)}
        lists = {source.public_id for source in sources.find_sources(g)}
    chosen, some = frozenset(form.many.get("clinics", ())), frozenset(form.many.get("sources", ()))
    stars = form.many.get("stars", ())
    if chosen - places or some - lists or set(stars) - {str(each) for each in STARS}:
        raise NotFound
    reasons = frozenset(form.many.get("reasons", ()))
    if reasons - REASONS.keys() or form["urgent"] not in WHEN or form["news"] not in WHEN:
        raise NotFound
    wishes = Wishes(
        clinics=chosen, sources=some, stars=frozenset(int(each) for each in stars), reasons=reasons,
        urgent=form["urgent"], news=form["news"], trouble=form["trouble"] == "yes", digest=form["digest"] == "yes",
        urgent_passes=form["urgent_passes"] == "yes",
    )  # fmt: skip
    try:
        hours = [time.fromisoformat(form[name]) if form[name] else None for name in ("quiet_from", "quiet_until")]
    except ValueError:
        return wishes, {"quiet_from": NO_HOUR}
    if (hours[0] is None) != (hours[1] is None):
        return wishes, {"quiet_from": NO_HOUR}
    return replace(wishes, quiet_from=hours[0], quiet_until=hours[1]), {}


def _form(wishes: Wishes, values: dict[str, str], faults: dict[str, str], rule: AlertRule | None) -> str:
    words = get_words()
    with reading() as g:
        places = clinics.find_clinics(g)
        names = _names(g)
        found = sources.find_sources(g)
    hours: dict[str, Any] = {
        "quiet_from": f"{wishes.quiet_from:%H:%M}" if wishes.quiet_from else "",
        "quiet_until": f"{wishes.quiet_until:%H:%M}" if wishes.quiet_until else "",
    }
    return render(
        "alert_rule.html",
        "settings",
        rule=rule,
        wishes=wishes,
        values={**hours, **values},
        faults={name: words.text(text) for name, text in faults.items()},
        places=[(place.public_id, place.name) for place in places],
        listings=[(source.public_id, names[source.public_id]) for source in found],
        stars=[(str(each), str(each) if each else words.text(N_("without stars"))) for each in STARS],
        chosen_stars={str(each) for each in wishes.stars},
        reasons=[(key, words.text(text)) for key, text in REASONS.items()],
        whens=[(key, words.text(text)) for key, text in WHEN.items()],
    )


@blueprint.post("/settings/alerts/test-mail")
def test_mail() -> Response:
    """Send a test to oneself now; what the server answered is shown."""
    read_form()
    if is_first_press():
        from reviews.alerts import manage

        manage.try_mail(state().services.desk(), _group_id(), get_visitor().person.id)
    return redirect(url_for("dashboard.alerts"), 303)


def _group_id() -> int:
    group = get_visitor().group
    assert group is not None
    return group.id


# ---------------------------------------------------------------- what became of messages
@blueprint.get("/settings/alerts/log")
def alert_log() -> str:
    """Every message of the last ninety days with its state and what was answered, the newest first."""
    query = read_query("before", "state")
    before = int(query["before"]) if query["before"].isdecimal() and len(query["before"]) < 19 else None
    chosen = query["state"] if query["state"] in STATES else None
    with reading() as g:
        lines = deliveries.find_log(g, limit=PAGE_SIZE + 1, before_id=before, state=chosen)
    words = get_words()
    return render(
        "alert_log.html",
        "settings",
        lines=lines[:PAGE_SIZE],
        before=lines[PAGE_SIZE - 1].delivery.id if len(lines) > PAGE_SIZE else None,
        chosen=chosen or "",
        states={key: words.text(text) for key, text in STATES.items()},
        kinds={key: words.text(text) for key, text in KINDS.items()},
    )


@blueprint.post("/settings/alerts/log/<public_id>/again")
def send_again(public_id: str) -> Response:
    """Send a message again, with the id that it has."""
    read_form()

    def work(g: GroupTransaction) -> str:
        deliveries.replay(g, public_id, state().clock())
        note(g, "message.again", "message", public_id)
        return url_for("dashboard.alert_log", done="again")

    return write_once(work)
