"""The commands as a person types them, in a clean folder: exit statuses, messages, and never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from reviews import cli
from reviews.storage import clinics, groups, open_storage, sources
from tests.conftest import NOW, ROOT

PASSWORD = "plain words in a long row"
GROUP = '[group]\nname = "Willow"\n'
CLINIC = GROUP + '[[clinics]]\nslug = "willow-lane"\nname = "Willow Lane"\n'
SOURCE = CLINIC + '[[clinics.sources]]\nkind = "web_page"\nlabel = "Own website"\nurl = "https://example.org/reviews"\n'
CARDS = (
    CLINIC + '[[clinics.sources]]\nkind = "csv_file"\nlabel = "Cards"\norigin = "first_party"\nconfig = {scale = "5"}\n'
)
ROWS = "name;stars;date;comment\nAda L.;5;2026-10-01;Kind and on time.\nBo K.;2;2026-10-02;Nobody called me back.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clean folder with a clean environment; nothing of this process's logging is touched."""
    for name in [name for name in os.environ if name.startswith("REVIEWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("reviews.logs.setup", lambda *_: None)
    return tmp_path


def reviews(*arguments: str, answer: str = "") -> Result:
    """One command; any exception but an exit is a fault."""
    result = CliRunner().invoke(cli.main, list(arguments), input=answer)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def set_up() -> Result:
    return reviews("init", "--base-url", "https://reviews.example.org", "--clinic", "Willow", "--time-zone", "UTC")


@pytest.fixture(params=["sqlite", "postgres"])
def installed(request: pytest.FixtureRequest, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder after `reviews init`, on each engine."""
    if request.param == "postgres":
        monkeypatch.setenv("REVIEWS_DATABASE", request.getfixturevalue("empty_postgres_url"))
    assert set_up().exit_code == 0
    return folder


def commands(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = [before]
    for name, command in group.commands.items():
        inner = (*before, name)
        found += commands(command, inner) if isinstance(command, click.Group) else [inner]
    return found


@pytest.mark.parametrize("command", commands(cli.main), ids=" ".join)
def test_each_command_explains_itself(command):
    result = reviews(*command, "--help")
    assert result.exit_code == 0
    said = result.output.partition("Options:")[0].split("\n\n", 1)[1].strip()
    assert len(said) > 20


def test_the_program_answers_at_once_and_as_a_module():
    """Heavy libraries are imported by the commands that need them."""
    code = "import sys, reviews.cli; print([m for m in ('flask', 'requests', 'psycopg', 'lxml') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nonsense"], 2, "No such command"),
        (["collect", "--accept"], 2, "--accept needs --source"),
        (["collect", "--once", "--source", "x"], 2, "exclude"),
        (["collect", "--once"], 1, "`reviews init` creates one"),
        (["collect"], 1, "`reviews init` creates one"),
        (["worker"], 1, "`reviews init` creates one"),
        (["backup", "b.db"], 1, "`reviews init` creates one"),
        (["export"], 1, "`reviews init` creates one"),
        (["user", "list"], 1, "`reviews init` creates one"),
        (["restore", "nothing.db"], 2, "does not exist"),
        (["import", "nothing.csv", "--source", "x"], 2, "does not exist"),
        (["apply", "nothing.toml"], 2, "does not exist"),
        (["extract", "nothing.html"], 2, "no such file"),
        (["extract", "http://["], 1, "address"),
        (["extract", "http://10.0.0.1/"], 1, ""),
        (["serve"], 2, "REVIEWS_SECRET_KEYS"),
        (["demo", "--port", "70000"], 2, "port"),
    ],
    ids=str,
)
def test_a_wrong_call_says_what_is_wrong(folder, arguments, status, said):
    result = reviews(*arguments)
    assert (result.exit_code, said in result.output) == (status, True), result.output
    assert not (folder / "var" / "reviews.db").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOG_LEVEL", "LOUD"),
        ("DATABASE", "mysql://root:secret@host/reviews"),
        ("DATABASE", ":memory:"),
        ("BASE_URL", "http://["),
        ("BASE_URL", "http://example.org:99999"),
        ("BASE_URL", "example.org"),
        ("FAILPOINT", "somewhere"),
        ("PORT", "0"),
        ("DATA_DIR", ""),
        ("SECRET_KEYS", "short"),
        ("ALLOW_PRIVATE_NETS", "home"),
        ("CONFIG", "."),
    ],
)
def test_a_wrong_setting_is_named(folder, monkeypatch, name, value):
    monkeypatch.setenv(f"REVIEWS_{name}", value)
    result = reviews("collect", "--once")
    assert result.exit_code == 2
    assert f"REVIEWS_{name}" in result.output or name == "CONFIG"
    assert "secret@" not in result.output


@pytest.mark.parametrize("zone", ["Mars/Olympus", "America", "", "../../etc/passwd", "a" * 5000])
def test_init_with_a_wrong_answer_leaves_nothing_behind(folder, zone):
    result = reviews("init", "--base-url", "https://reviews.example.org", "--clinic", "Willow", "--time-zone", zone)
    assert result.exit_code == 2
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(("url", "clinic"), [("nonsense", "Willow"), ('https://a/"', "Willow"), ("https://a", "  ")])
def test_init_refuses_a_wrong_address_and_an_empty_name(folder, url, clinic):
    assert reviews("init", "--base-url", url, "--clinic", clinic, "--time-zone", "UTC").exit_code == 2
    assert list(folder.iterdir()) == []


def test_init_asks_writes_a_private_file_and_never_overwrites_it(folder):
    result = reviews("init", answer="https://reviews.example.org/\nWillow Lane\nEurope/Paris\n")
    assert (result.exit_code, "/setup/" in result.output) == (0, True)
    assert (folder / "reviews.toml").stat().st_mode & 0o777 == 0o600
    before = (folder / "reviews.toml").read_bytes()
    assert set_up().exit_code == 2
    assert (folder / "reviews.toml").read_bytes() == before


def test_init_into_another_file_uses_that_file(folder):
    file = folder / "etc" / "other.toml"
    result = reviews(
        "init", "--base-url", "https://other.example.org", "--clinic", "W", "--time-zone", "UTC", "--file", str(file)
    )
    assert (result.exit_code, "https://other.example.org/setup/" in result.output) == (0, True)
    assert f"REVIEWS_CONFIG={file}" in result.output


def test_doctor_names_problems_before_and_none_after_the_set_up(folder, monkeypatch):
    assert reviews("doctor").exit_code == 2
    set_up()
    result = reviews("doctor")
    assert (result.exit_code, "problem" in result.output) == (1, False)
    assert "no worker is running" in result.output
    monkeypatch.setenv("REVIEWS_DATABASE", "postgresql://127.0.0.1:1/nothing")
    assert reviews("doctor").exit_code == 2


def test_people_are_added_listed_and_get_new_passwords(installed):
    added = ["user", "add", "robin@example.org", "--name", "Robin", "--role", "owner", "--password", PASSWORD]
    assert reviews(*added).exit_code == 0
    assert reviews("user", "list").output == "robin@example.org  Robin  owner of Willow\n"
    for wrong in (
        added,
        ["user", "add", "no address", "--name", "X", "--password", PASSWORD],
        ["user", "add", "@", "--name", "X", "--password", PASSWORD],
        ["user", "add", "kim@example.org", "--name", "Kim", "--password", "short"],
        ["user", "add", "kim@example.org", "--name", "Kim", "--group", "nope", "--password", PASSWORD],
        ["user", "password", "nobody@example.org", "--password", PASSWORD],
        ["user", "password", "robin@example.org", "--password", "short"],
        ["user", "link"],
    ):
        assert reviews(*wrong).exit_code == 2, wrong
    assert reviews("user", "password", "robin@example.org", "--password", PASSWORD + "!").exit_code == 0


@pytest.mark.statement("R19")
def test_a_backup_is_written_proved_and_restored(installed):
    assert reviews("backup", "first.backup").exit_code == 0
    assert reviews("backup", "first.backup").exit_code == 1
    reviews("user", "add", "robin@example.org", "--name", "Robin", "--password", PASSWORD)
    assert reviews("restore", "first.backup", answer="n\n").exit_code == 1
    assert "robin" in reviews("user", "list").output
    assert reviews("restore", "first.backup", "--yes").exit_code == 0
    assert reviews("user", "list").output == ""
    body = bytearray((installed / "first.backup").read_bytes())
    body[len(body) // 2] ^= 1
    (installed / "first.backup").write_bytes(body)
    result = reviews("restore", "first.backup", "--yes")
    assert (result.exit_code, "damaged" in result.output) == (1, True)
    (installed / "not-a-backup").write_text("x")
    assert reviews("restore", "not-a-backup", "--yes").exit_code == 1


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which nobody can write")
def test_a_place_that_cannot_be_written_is_named(folder):
    set_up()
    result = reviews("backup", "/proc/first.backup")
    assert (result.exit_code, "/proc" in result.output) == (1, True)


def test_an_export_is_json_lines_of_one_group(installed):
    lines = [json.loads(line) for line in reviews("export").output.splitlines()]
    assert lines[0]["clinic-reviews-export"] == 1
    assert {line["table"] for line in lines[1:]} >= {"groups", "clinics", "widgets"}
    assert reviews("export", "--output", "all.jsonl").exit_code == 0
    assert len(Path("all.jsonl").read_text().splitlines()) == len(lines)
    assert reviews("export", "--group", "nope").exit_code == 2


def test_a_file_is_imported_by_hand(installed):
    Path("cards.toml").write_text(CARDS)
    assert reviews("apply", "cards.toml").exit_code == 0
    [line] = reviews("collect").output.splitlines()
    source = line.split()[0]
    Path("cards.csv").write_text(ROWS)
    assert "2 would be new" in reviews("import", "cards.csv", "--source", source, "--dry-run").output
    assert "2 new" in reviews("import", "cards.csv", "--source", source).output
    assert "0 new, 0 changed, 2 unchanged" in reviews("import", "cards.csv", "--source", source).output
    Path("bad.csv").write_text("name;stars;date;comment\nAda;x;2026-10-01;One.\n")
    result = reviews("import", "bad.csv", "--source", source)
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert reviews("import", "cards.csv", "--source", "nope").exit_code == 2


FAULTS = {
    "clinics is a number": ("clinics = 5\n" + GROUP, "clinics"),
    "clinics are texts": ('clinics = ["a"]\n' + GROUP, "clinics"),
    "one pair of brackets": (GROUP + '[clinics]\nslug = "abc"\nname = "x"\n', "clinics"),
    "group is a number": ("group = 5\n", "group"),
    "nothing": ("", "group"),
    "no TOML": ("[group", "not valid TOML"),
    "a typing mistake": (GROUP + 'nmae = "x"\n', "[group], nmae"),
    "name is a number": (CLINIC.replace('"Willow Lane"', "5"), "clinic 1 (willow-lane), name"),
    "a slug with capitals": (CLINIC.replace('"willow-lane"', '"Willow"'), "clinic 1 (Willow), slug"),
    "two of a slug": (CLINIC + CLINIC.removeprefix(GROUP), "clinic 2 (willow-lane), slug: 'willow-lane' stands twice"),
    "sources is a text": (CLINIC + 'sources = "x"\n', "clinic 1 (willow-lane), sources"),
    "widget is a number": (CLINIC + "widget = 3\n", "widget"),
    "too many quotes": (CLINIC + "widget = {max_quotes = 5000}\n", "widget, max_quotes"),
    "an unknown layout": (CLINIC + 'widget = {layout = "spiral"}\n', "widget, layout"),
    "professions is a text": (CLINIC + 'professions = "dentist"\n', "professions"),
    "an unknown profession": (CLINIC + 'professions = ["wizard"]\n', "professions"),
    "an unknown place": (CLINIC + 'jurisdiction = "Atlantis"\n', "jurisdiction"),
    "a folder of zones": (CLINIC + 'time_zone = "America"\n', "time_zone"),
    "a zone of 5,000 letters": (CLINIC + f'time_zone = "{"a" * 5000}"\n', "time_zone"),
    "a NUL": (CLINIC + 'street = "a\\u0000b"\n', "street"),
    "a day": (CLINIC + "street = 2026-01-01\n", "street"),
    "confirmed by a number": (CLINIC + "confirmed_by = 5\n", "confirmed_by"),
    "no such primary": (CLINIC + 'primary_source = "x"\n', "primary_source"),
    "no label": (SOURCE.replace('label = "Own website"\n', ""), "source 1 (?), label"),
    "no kind": (SOURCE.replace('kind = "web_page"\n', ""), "source 1 (Own website), kind"),
    "no address": (SOURCE.replace('url = "https://example.org/reviews"\n', ""), "source 1 (Own website), url"),
    "a broken address": (SOURCE.replace("https://example.org/reviews", "http://["), "url"),
    "an unknown origin": (SOURCE + 'origin = "gogle"\n', "origin"),
    "complete in quotes": (SOURCE + 'complete = "yes"\n', "complete"),
    "minutes as true": (SOURCE + "interval_minutes = true\n", "interval_minutes"),
    "minutes without end": (SOURCE + "interval_minutes = 99999999999999999999\n", "interval_minutes"),
    "config is a number": (SOURCE + "config = 3\n", "config"),
    "an unknown setting": (CARDS.replace("scale", "scael"), "config, scael"),
    "an unknown scale": (CARDS.replace('"5"', '"17"'), "config, scale"),
    "the same label twice": (SOURCE + SOURCE.removeprefix(CLINIC), "source 2 (Own website), label"),
}


@pytest.mark.parametrize(("text", "place"), FAULTS.values(), ids=list(FAULTS))
def test_a_faulty_declaration_names_the_place_and_writes_nothing(folder, text, place):
    Path("agency.toml").write_text(text)
    result = reviews("apply", "agency.toml")
    assert (result.exit_code, place in result.output) == (2, True), result.output
    storage = open_storage("var/reviews.db")
    with storage.read() as tx:
        assert groups.find_groups(tx) == []
    storage.close()


def test_all_faults_of_a_declaration_are_told_at_once(folder):
    Path("agency.toml").write_text(SOURCE.replace("web_page", "webpage") + 'origin = "gogle"\ncolour = "red"\n')
    said = reviews("apply", "agency.toml").output
    assert all(word in said for word in ("kind", "origin", "colour"))


def test_a_declaration_applied_twice_changes_nothing_and_a_dry_run_writes_nothing(installed):
    Path("agency.toml").write_text(SOURCE)
    dry = reviews("apply", "agency.toml", "--dry-run").output
    assert "would be: added source Own website" in dry
    assert reviews("collect").output.startswith("No sources yet")
    assert "added source Own website" in reviews("apply", "agency.toml").output
    again = reviews("apply", "agency.toml").output
    assert [line for line in again.splitlines() if not line.startswith("left alone")] == ["Nothing to change."]


def test_another_address_begins_anew_and_anything_changed_is_read_whole(installed):
    def stored() -> sources.Source:
        with storage.read() as tx:
            [group] = groups.find_groups(tx)
            [found] = sources.find_sources(tx.group(group.id))
            return found

    Path("agency.toml").write_text(SOURCE)
    reviews("apply", "agency.toml")
    storage = open_storage(os.environ.get("REVIEWS_DATABASE") or "var/reviews.db")
    learnt = {"cursor": {"mark": "x"}, "validators": {"etag": "x"}, "expectations": {"seen": 9}}
    for changed, cursor, expectations in (
        (SOURCE + 'origin = "own_site"\n', {"mark": "x"}, {"seen": 9}),
        (SOURCE.replace("/reviews", "/other"), {}, {}),
        (SOURCE.replace("/reviews", "/other") + 'config = {business = "Willow Lane"}\n', {}, {}),
    ):
        source = stored()
        with storage.write() as tx:
            sources.update_source(tx.group(source.group_id), source.id, now=NOW, **learnt)
        Path("agency.toml").write_text(changed)
        assert "changed source Own website" in reviews("apply", "agency.toml").output
        assert (stored().cursor, stored().validators, stored().expectations) == (cursor, {}, expectations)
    storage.close()


def test_a_slug_that_another_group_has_is_said_in_words(installed):
    Path("agency.toml").write_text(
        SOURCE.replace('name = "Willow"\n', 'name = "Other"\n').replace("willow-lane", "willow")
    )
    result = reviews("apply", "agency.toml")
    assert (result.exit_code, "another group" in result.output) == (2, True)
    storage = open_storage(os.environ.get("REVIEWS_DATABASE") or "var/reviews.db")
    with storage.read() as tx:
        [group] = groups.find_groups(tx)
        assert [clinic.slug for clinic in clinics.find_clinics(tx.group(group.id))] == ["willow"]
    storage.close()


@pytest.mark.statement("R17")
def test_a_database_that_was_moved_away_is_not_replaced_by_an_empty_one(folder):
    set_up()
    (folder / "var" / "snapshots").mkdir(exist_ok=True)
    (folder / "var" / "snapshots" / "kept").write_text("a copy")
    (folder / "var" / "reviews.db").rename(folder / "elsewhere.db")
    from reviews.commands.serve import may_create_database
    from reviews.config import Settings

    assert not may_create_database(Settings.from_env())
    for command in (
        ["worker"],
        ["collect", "--once"],
        ["user", "add", "a@example.org", "--name", "A", "--password", PASSWORD],
    ):
        assert reviews(*command).exit_code == 1
    assert not (folder / "var" / "reviews.db").exists()
