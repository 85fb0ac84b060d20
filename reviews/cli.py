"""The command line: what a person types, turned into calls of the other rooms.

Exit status: 0 done; 1 something is wrong with the work (a source failed, a check found a problem); 2 the command or a
setting is wrong. Heavy imports stand inside the commands, so that `--help` answers at once.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import click

from reviews import __version__
from reviews.errors import ConfigError, ImportFileError, ReviewsError, StorageUnavailable

if TYPE_CHECKING:
    from reviews.collect import Context, RunReport
    from reviews.config import Settings
    from reviews.storage import Storage

P = ParamSpec("P")
T = TypeVar("T")


def plainly(function: Callable[P, T]) -> Callable[P, T]:
    """Turn the program's own errors into one clear line and an exit status."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ConfigError as error:
            click.echo(f"Error: {error.message}", err=True)
            sys.exit(2)
        except BrokenPipeError:
            raise
        except OSError as error:
            click.echo(f"Error: {error.filename or 'this computer'}: {error.strerror or error}", err=True)
            sys.exit(1)
        except ReviewsError as error:
            click.echo(f"Error: {error.message}", err=True)
            if error.hint and error.hint != error.hint_default:
                click.echo(_english(error.hint, error.values), err=True)
            sys.exit(1)

    return wrapped


def _english(message: str, values: Any) -> str:
    from reviews.i18n import fill

    return fill(message, dict(values))


def _settings(file: Path | None = None) -> "Settings":
    from reviews import failpoint, logs
    from reviews.config import Settings

    settings = Settings.from_env(file=file)
    logs.setup(settings.log_level)
    failpoint.arm(settings.failpoint)
    return settings


@contextmanager
def _storage(settings: "Settings", *, migrate: bool = True, create: bool = False) -> Iterator["Storage"]:
    """The open storage, brought up to date; one that is not there is made only by the commands that set it up."""
    from reviews.clock import utc_now
    from reviews.rules import load
    from reviews.storage import open_storage

    storage = open_storage(settings.database_url)
    try:
        if migrate:
            if not create:
                # Raises StorageUnavailable: a database that was moved away is not replaced by an empty one.
                with storage.read():
                    pass
            storage.migrate(utc_now(), settings.backup_dir, skip_origins=frozenset(load().retentions()))
        else:
            storage.check()
        yield storage
    finally:
        storage.close()


@contextmanager
def _context(settings: "Settings", *, create: bool = False) -> Iterator["Context"]:
    from reviews.collect import open_context

    with _storage(settings, create=create) as storage, open_context(settings, storage) as context:
        yield context


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="reviews")
def main() -> None:
    """Collect a clinic's reviews, tell the truth about every number, show them on its website.

    \b
    Try it:        reviews demo
    Set it up:     reviews init, then reviews serve
    From cron:     reviews collect --once
    """


@main.command()
@click.option("--base-url", prompt="Public address of this installation", default="http://127.0.0.1:8000")
@click.option("--clinic", prompt="Name of your clinic", help="Name of the first clinic.")
@click.option("--time-zone", prompt="Time zone of the clinic", default="America/Vancouver")
@click.option("--file", type=click.Path(path_type=Path), default=Path("reviews.toml"), show_default=True)
@plainly
def init(base_url: str, clinic: str, time_zone: str, file: Path) -> None:
    """Ask three questions, write reviews.toml (readable by you alone) with a random key, create the database."""
    from reviews.commands.apply import check_first_clinic, first_clinic
    from reviews.commands.init import write_settings_file

    check_first_clinic(name=clinic, time_zone=time_zone)
    write_settings_file(file, base_url=base_url)
    settings = _settings(file)
    with _storage(settings, create=True) as storage:
        first_clinic(storage, name=clinic, time_zone=time_zone)
        click.echo(f"Wrote {file} and {settings.database_url}.")
        _print_setup_link(storage, settings)
    click.echo("Next: reviews serve" if file == Path("reviews.toml") else f"Next: REVIEWS_CONFIG={file} reviews serve")


def _print_setup_link(storage: "Storage", settings: "Settings") -> None:
    from reviews.clock import utc_now
    from reviews.web.setup import issue_link

    if link := issue_link(storage, settings, utc_now()):
        click.echo(f"Set-up link (one hour, one use): {link}")


@main.command()
@click.option("--no-worker", is_flag=True, help="The web server alone; run `reviews worker` elsewhere.")
@click.option("--quiet", is_flag=True, help="Print no addresses.")
@plainly
def serve(no_worker: bool, quiet: bool) -> None:
    """Serve widgets and the staff side; beside it, as a process of its own, the worker."""
    from reviews.commands.serve import check_port, may_create_database, serve_forever

    settings = _settings()
    settings.fernet_keys()
    if not quiet:
        check_port(settings.host, settings.port, "set REVIEWS_PORT")
        click.echo(f"Serving {settings.base_url} (listening on {settings.host}:{settings.port})")
        try:
            with _storage(settings, create=may_create_database(settings)) as storage:
                _print_setup_link(storage, settings)
        except StorageUnavailable as error:
            click.echo(f"Warning: {error.message}", err=True)
            click.echo("Websites get the last good copies until the database is back.", err=True)
    serve_forever(settings, with_worker=not no_worker)


@main.command()
@plainly
def worker() -> None:
    """Collect whatever is due, for ever. Stops cleanly on SIGTERM: the page in hand is finished."""
    from reviews.worker import run_worker

    settings = _settings()
    with _context(settings) as context:
        run_worker(context)


@main.command()
@click.option("--once", is_flag=True, help="Everything that is due now, then stop (for cron).")
@click.option("--source", "source_id", help="This source now, due or not: its id as `reviews collect` lists it.")
@click.option("--accept", is_flag=True, help="With --source: the page changed and is right; take it as the new normal.")
@plainly
def collect(once: bool, source_id: str | None, accept: bool) -> None:
    """Collect reviews now. Without options: list the sources."""
    from reviews.commands import collect as collecting

    if accept and not source_id:
        raise click.UsageError("--accept needs --source: which source is right as it is now?")
    if once and source_id:
        raise click.UsageError("--once and --source exclude each other.")
    settings = _settings()
    with _context(settings) as context:
        if source_id:
            reports = [collecting.collect_source(context, source_id, accept=accept)]
        elif once:
            reports = list(collecting.collect_due(context))
        else:
            for line in collecting.list_sources(context):
                click.echo(line)
            return
    bad = 0
    for report in reports:
        click.echo(_report_line(report))
        bad += not report.is_good
    if once and not reports:
        click.echo("Nothing is due.")
    sys.exit(1 if bad else 0)


def _report_line(report: "RunReport") -> str:
    counts = report.counts
    line = (
        f"{report.source_label} [{report.source_public_id}]: {report.outcome} · {counts.new} new, "
        f"{counts.changed} changed, {counts.unchanged} unchanged, {counts.missing} missing, {counts.rejected} rejected"
    )
    return line + (f"\n  {_english(report.hint, report.hint_values)}" if report.hint else "")


@main.command()
@click.argument("target")
@click.option("--url", default="", help="Address that a saved file came from.")
@click.option("--explain", is_flag=True, help="Say on standard error what was found, broken or ignored.")
@plainly
def extract(target: str, url: str, explain: bool) -> None:
    """Print as JSON what TARGET, a file or an address, holds: business, total, reviews. Stores nothing."""
    from reviews.sources.extract import extract as extract_from

    path = Path(target)
    if target.startswith(("http://", "https://")):
        from reviews.fetcher import Fetcher, FetchPolicy

        answer = Fetcher(FetchPolicy.from_settings(_settings())).fetch(target, accept="*/*")
        body, name, url = answer.body, answer.url, answer.url
    elif path.is_file():
        body, name = path.read_bytes(), path.name
    else:
        raise ConfigError(f"{target}: no such file, and not an address that begins with http:// or https://")
    result = extract_from(body, name, url)
    diagnostics = result.pop("diagnostics", [])
    click.echo(json.dumps(result, ensure_ascii=False, indent=1))
    if explain:
        for line in diagnostics:
            click.echo(line, err=True)


@main.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--source", "source_id", required=True, help="The file source that takes it; `reviews collect` lists them."
)
@click.option("--dry-run", is_flag=True, help="Read and check everything, store nothing.")
@plainly
def import_file(file: Path, source_id: str, dry_run: bool) -> None:
    """Import reviews from FILE into a source; the same file twice adds nothing.

    CSV, TSV, XLSX, JSON, XML, a saved page, plain text or a Google Takeout zip. Each row that cannot be read is listed
    with its number and column; the others are stored. An import that was cut off goes on where it stopped when the same
    file is imported again. It can be undone whole on its page.
    """
    from reviews.commands import collect as collecting
    from reviews.commands.progress import ProgressLine

    settings = _settings()
    with _context(settings) as context, ProgressLine(sys.stderr) as line:
        report = collecting.import_into(context, source_id, file, dry_run=dry_run, tell=line.tell)
    if report.is_resumed:
        click.echo("Went on where the last import of this file was cut off.")
    for reject in report.rejects:
        column = f", column “{reject.column}”" if reject.column else ""
        click.echo(f"{reject.place}{column}: {_english(reject.reason, reject.values)}", err=True)
    word = "would be " if dry_run else ""
    counts = report.counts
    click.echo(
        f"{counts.seen} reviews read: {counts.new} {word}new, {counts.changed} {word}changed, "
        f"{counts.unchanged} unchanged; {counts.rejected} rows rejected."
    )
    if counts.rejected and not counts.seen:
        raise ImportFileError(f"{file.name}: no row could be read", file=file.name)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--with-deleted", is_flag=True, help="Also add again what was deleted here since.")
@plainly
def apply(file: Path, dry_run: bool, with_deleted: bool) -> None:
    """Make the installation match FILE, a TOML that declares groups, clinics and sources. Twice changes nothing.

    What is not in the file is left alone and named.
    """
    from reviews.commands.apply import apply_file

    settings = _settings()
    with _context(settings, create=True) as context:
        for line in apply_file(context, file, dry_run=dry_run, with_deleted=with_deleted):
            click.echo(line)


@main.command()
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path), help="Keep the data here; default: temporary."
)
@click.option("--port", default=8000, show_default=True, help="The service; the example website is on PORT+1.")
@click.option(
    "--website",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of examples/ that you have changed, to serve instead.",
)
@plainly
def demo(data_dir: Path | None, port: int, website: Path | None) -> None:
    """Run everything with three invented clinics whose website is served beside it. Nothing leaves this machine."""
    from reviews.commands.demo import run_demo

    run_demo(data_dir, port, click.echo, website)


@main.command(hidden=True)
@click.argument("site_url")
@plainly
def demo_platforms(site_url: str) -> None:
    """Read the past of the demo's listings at played platforms; `reviews demo` runs it beside everything else."""
    from reviews.commands.demo_platforms import fill_platforms

    settings = _settings()
    with _storage(settings, migrate=False) as storage:
        fill_platforms(settings, storage, site_url)


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@plainly
def publish(folder: Path) -> None:
    """Write everything public into FOLDER, for any web server or CDN; again and again, only what has changed.

    Sources whose content expires by their terms are left out, since nobody calls a copy back.
    """
    from reviews.commands.publish import publish_to

    settings = _settings()
    with _storage(settings, migrate=False) as storage:
        done = publish_to(storage, settings, folder)
    click.echo(
        f"{folder}: {done.widgets} widgets, {done.written} files written, {done.unchanged} unchanged, "
        f"{done.removed} removed."
    )


@main.command()
@click.option("--page", "page_url", help="Check a page that embeds the widget, instead of this installation.")
@plainly
def doctor(page_url: str | None) -> None:
    """Check this installation, or a page that embeds it. Exit status: 0 all well, 1 warnings, 2 problems."""
    from reviews.checkup import examine, examine_page
    from reviews.i18n import fill

    settings = _settings()
    worst = 0
    for finding in examine_page(settings, page_url) if page_url else examine(settings):
        click.echo(f"{finding.level:<8} {finding.text}")
        if finding.way_out:
            click.echo(f"         → {fill(finding.way_out, dict(finding.values))}")
        worst = max(worst, {"ok": 0, "warning": 1, "problem": 2}[finding.level])
    sys.exit(worst)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@plainly
def backup(file: Path) -> None:
    """Write a consistent copy of the database to FILE while everything runs, with counts and digests beside it.

    Content that terms let us keep only for a short time is left out; it is read again after a restore.
    """
    from reviews.clock import utc_now
    from reviews.rules import load
    from reviews.storage.backup import backup as write_backup

    with _storage(_settings(), migrate=False) as storage:
        manifest = write_backup(storage, file, utc_now(), skip_origins=frozenset(load().retentions()))
    click.echo(f"Wrote {file}: {sum(manifest.counts.values())} rows, schema {manifest.schema_version}.")


@main.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before replacing what is there.")
@click.option("--with-deleted", is_flag=True, help="Bring back clinics and sources that were deleted since.")
@plainly
def restore(file: Path, yes: bool, with_deleted: bool) -> None:
    """Put the backup FILE in place of the database; checks it first, keeps what was there, refuses a newer schema.

    Clinics and sources that were deleted after the backup was made are deleted again; with --with-deleted they are
    back. What authors had erased stays erased in any case.
    """
    from reviews.clock import utc_now
    from reviews.rules import load
    from reviews.storage.backup import restore as read_backup
    from reviews.storage.backup import verify

    settings = _settings()
    verify(file)
    if not yes:
        click.confirm(f"Replace the data in {settings.database_url.split('@')[-1]} by {file}?", abort=True)
    kept = read_backup(
        settings.database_url, file, utc_now(), retentions=load().retentions(), with_deleted=with_deleted
    )
    click.echo(f"Restored. What was there is kept in {kept}." if kept else "Restored.")


@main.command()
@click.argument("reviews", nargs=-1, required=True)
@click.option("--reason", type=click.Choice(["author_asked", "privacy", "legal"]), required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@plainly
def erase(reviews: tuple[str, ...], reason: str, yes: bool) -> None:
    """Erase REVIEWS for good, at somebody's request: ids as in the addresses of their pages.

    Text, author, stars, versions, replies, notes and tags go; counts by month stay, and a fingerprint, so that neither
    the next reading nor a restore brings them back.
    """
    from reviews.commands import erase as erasing

    with _context(_settings()) as context:
        for line in erasing.describe(context, reviews):
            click.echo(line)
        if not yes:
            click.confirm("Erase this for good?", abort=True)
        erasing.erase(context, reviews, reason)
    click.echo(f"Erased: {len(reviews)}.")


@main.command()
@click.argument("what")
@click.option("--yes", is_flag=True, help="Do not ask.")
@plainly
def delete(what: str, yes: bool) -> None:
    """Delete a clinic or a source, WHAT: its id as in the address of its page. All its reviews go with it.

    Websites stop showing it, permissions are given back at platforms, and a restore of an older backup deletes it
    again.
    """
    from reviews.commands import delete as deleting

    with _context(_settings()) as context:
        group_id, target = deleting.find(context, what)
        for line in deleting.describe(context, group_id, target):
            click.echo(line)
        if not yes and click.prompt("Type its name to delete it for good") != target.name:
            raise click.Abort
        gone = deleting.delete(context, group_id, target)
    click.echo(f"Deleted, with {gone} reviews.")


@main.command("rotate-keys")
@plainly
def rotate_keys() -> None:
    """Put stored secrets under the first key of REVIEWS_SECRET_KEYS, so that older keys can be taken out.

    1. Write the new key in front of the old one and start all processes again. 2. Run this. 3. Take the old key out.
    """
    from reviews.commands.keys import rotate_keys as rotate

    settings = _settings()
    status = 0
    with _storage(settings, migrate=False) as storage:
        for is_well, line in rotate(storage, settings):
            click.echo(line, err=not is_well)
            status = status if is_well else 1
    sys.exit(status)


@main.command()
@click.option("--group", "group_id", help="Public id of the group; needed when there are several.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="File; default: standard output.")
@plainly
def export(group_id: str | None, output: Any) -> None:
    """Write everything that belongs to one group as JSON lines."""
    from reviews.commands.collect import find_group
    from reviews.rules import load
    from reviews.storage.backup import export_group

    with _storage(_settings(), migrate=False) as storage, storage.read() as tx:
        group = find_group(tx, group_id)
        for line in export_group(tx.group(group.id), skip_origins=frozenset(load().retentions())):
            output.write(line + "\n")


@main.command("restore-group")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@plainly
def restore_group(file: Any) -> None:
    """Read FILE, which `reviews export` wrote, into an installation that has nothing of this group.

    Passwords, keys and addresses of channels are not in it: people get a new password by `reviews user password`,
    sources and channels are connected again.
    """
    from reviews.clock import utc_now
    from reviews.storage.group_import import import_group

    with _storage(_settings(), create=True) as storage:
        counts = import_group(storage, file, utc_now())
    for table, count in sorted(counts.items()):
        click.echo(f"{count:>8}  {table}")


@main.command()
@click.option("--check", is_flag=True, help="Say what would change, change nothing; exit status 1 if anything would.")
@plainly
def upgrade(check: bool) -> None:
    """Bring the database up to date, with a backup before; the start of `reviews serve` does the same."""
    from reviews.storage import open_storage
    from reviews.storage.migrate import find_pending

    settings = _settings()
    if not check:
        with _storage(settings):
            click.echo("The database is up to date.")
        return
    storage = open_storage(settings.database_url)
    try:
        pending = find_pending(storage)
    finally:
        storage.close()
    for step in pending:
        click.echo(f"{step.version:04} {step.name}: {step.text.strip().splitlines()[0].removeprefix('--').strip()}")
    if not pending:
        click.echo("Nothing would change.")
    sys.exit(1 if pending else 0)


@main.command()
@click.option("--url", help="Address of /readyz; default: this installation on its own port.")
@plainly
def health(url: str | None) -> None:
    """Ask whether this installation is ready, for a container's health check. Exit status: 0 ready, 1 not."""
    from reviews.commands.health import ask

    is_ready, answer = ask(_settings(), url)
    click.echo(answer)
    sys.exit(0 if is_ready else 1)


@main.command()
@click.option("--vader", is_flag=True, help="Also the four numbers of stock VADER.")
@plainly
def sentiment(vader: bool) -> None:
    """Read JSON lines {"id", "text", "language"?} and write one JSON line for each, with score and evidence."""
    from reviews.normalize.language import detect
    from reviews.sentiment import load
    from reviews.sentiment.command import score_lines

    _write_lines(score_lines(sys.stdin, load(), detect=detect, vader=vader))


def _write_lines(answers: Iterable[tuple[str | None, str | None]]) -> NoReturn:
    """Write answers and, on standard error, faults; the exit status is 2 when there was a fault."""
    status = 0
    for answer, fault in answers:
        if answer is not None:
            sys.stdout.write(answer + "\n")
        if fault is not None:
            click.echo(fault, err=True)
            status = 2
    sys.exit(status)


@main.command()
@plainly
def guard() -> None:
    """Read replies as JSON lines {"id", "text", "review"?, "author"?, …} and write what speaks against posting each.

    Further keys: "language", "platform", "jurisdiction", "profession", "clinic" {"name", "telephone", "email",
    "address", "staff"}.
    """
    from reviews.commands.lines import answer_guard, answer_lines
    from reviews.normalize.language import detect
    from reviews.rules import load
    from reviews.rules.guard import load as load_guard

    judge, book = load_guard(), load()
    _write_lines(answer_lines(sys.stdin, lambda given: answer_guard(given, judge, book, detect)))


@main.command()
@plainly
def claims() -> None:
    """Read JSON lines {"id", "text", "language"?} and write which statements of advertising rules are in each."""
    from reviews.commands.lines import answer_claims, answer_lines

    _write_lines(answer_lines(sys.stdin, answer_claims))


@main.command()
@plainly
def excerpt() -> None:
    """Read JSON lines {"id", "text", "limit_words"?} and write a fair excerpt of each: whole sentences, in order."""
    from reviews.commands.lines import answer_excerpt, answer_lines
    from reviews.normalize.language import detect
    from reviews.sentiment import load

    scorer = load()

    def sign_in(language: str | None) -> Callable[[str], int]:
        def sign(text: str) -> int:
            found = scorer.score("", text, language)
            return {"negative": -1, "positive": 1}.get(found.label, 0) if found else 0

        return sign

    _write_lines(answer_lines(sys.stdin, lambda given: answer_excerpt(given, sign_in, detect)))


@main.command()
@plainly
def sbom() -> None:
    """Print what this installation is made of, as CycloneDX JSON: each library with its version and licence."""
    from reviews.commands.sbom import make_sbom

    click.echo(json.dumps(make_sbom(), indent=1))


@main.group()
def user() -> None:
    """People who may log in."""


@user.command("list")
@plainly
def user_list() -> None:
    """List people with their roles."""
    from reviews.commands.users import list_people

    with _storage(_settings(), migrate=False) as storage:
        for line in list_people(storage):
            click.echo(line)


@user.command("add")
@click.argument("email")
@click.option("--name", prompt=True)
@click.option(
    "--role", type=click.Choice(["viewer", "editor", "manager", "owner"]), default="viewer", show_default=True
)
@click.option("--group", "group_id", help="Public id of the group; needed when there are several.")
@click.password_option(help="At least 12 characters; asked for when it is not given.")
@plainly
def user_add(email: str, name: str, role: str, group_id: str | None, password: str) -> None:
    """Add a person to a group."""
    from reviews.commands.users import add_person

    with _storage(_settings()) as storage:
        add_person(storage, email=email, name=name, role=role, group_public_id=group_id, password=password)
    click.echo(f"Added {email} as {role}.")


@user.command("password")
@click.argument("email")
@click.password_option()
@plainly
def user_password(email: str, password: str) -> None:
    """Set a new password; all login sessions of the person end."""
    from reviews.commands.users import change_password

    with _storage(_settings()) as storage:
        change_password(storage, email=email, password=password)
    click.echo("Changed. All login sessions of this person have ended.")


@user.command("link")
@plainly
def user_link() -> None:
    """Print a new one-time set-up link, as long as there is no owner."""
    settings = _settings()
    with _storage(settings) as storage:
        from reviews.clock import utc_now
        from reviews.web.setup import issue_link

        link = issue_link(storage, settings, utc_now())
    if link is None:
        raise ConfigError(
            "there is an owner already; `reviews user add` adds people, `reviews user password` helps out"
        )
    click.echo(link)
