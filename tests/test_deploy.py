"""The files for running it for real, each read by the program that it is for where that needs no network."""

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from pathlib import Path
from types import MappingProxyType

import pytest
import yaml
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reviews.cli import main
from reviews.config import Settings
from reviews.storage import open_storage
from tests.conftest import NOW, ROOT
from tests.crash.fleet import wait_until
from tests.ports import free_port

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "reviews.example.org")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2)).sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    kept = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, kept)
    (folder / "privkey.pem").write_bytes(pem)


def nginx(folder: Path, instead: Mapping[str, str] = MappingProxyType({})) -> tuple[list[str], int]:
    """The command that runs our configuration with another certificate and other ports, and its port for TLS."""
    make_certificate(folder)
    text = (ROOT / "deploy" / "nginx" / "clinic-reviews.conf").read_text()
    text = text.replace("/etc/letsencrypt/live/reviews.example.org", str(folder))
    text = re.sub(r"listen \[::\]:\d+( ssl)?;", "", text)
    ports = {"80": free_port(), "443": free_port(), "8000": free_port()}
    for name in ("80", "443"):
        text = re.sub(rf"listen {name}\b", f"listen 127.0.0.1:{ports[name]}", text)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{ports['8000']}")
    for old, new in instead.items():
        assert old in text, old
        text = text.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    whole, log = folder / "nginx.conf", folder / "error.log"
    whole.write_text(f"pid {folder}/pid; error_log {log}; events {{}} http {{ access_log off; {places} {text} }}")
    return [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(whole), "-e", str(log)], ports["443"]


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    command, _ = nginx(tmp_path)
    done = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.statement("T30", "A12")
def test_a_flood_from_one_address_waits_and_others_do_not(tmp_path: Path) -> None:
    command, port = nginx(tmp_path, {"rate=50r/s": "rate=1r/m", "burst=200": "burst=2"})
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE

    def ask(address: str) -> tuple[int, str | None]:
        connection = HTTPSConnection("127.0.0.1", port, timeout=60, source_address=(address, 0), context=unchecked)
        try:
            connection.request("GET", "/w/willow/data.json", headers={"Host": "reviews.example.org"})
            answer = connection.getresponse()
            return answer.status, answer.headers["Retry-After"]
        finally:
            connection.close()

    def is_up() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    with subprocess.Popen([*command, "-g", "daemon off;"]) as process:
        try:
            wait_until(is_up, "nginx listens")
            # Nobody answers behind it: 502 is what gets through.
            assert [ask("127.0.0.1") for _ in range(5)] == [(502, None)] * 3 + [(429, "10")] * 2
            assert ask("127.0.0.2") == (502, None)
        finally:
            process.terminate()


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_systemd_takes_the_units(unit: Path, tmp_path: Path) -> None:
    for each in UNITS:
        text = each.read_text().replace("/opt/clinic-reviews/.venv/bin/reviews", "/bin/true")
        (tmp_path / each.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / unit.name)],
        capture_output=True, text=True, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "clinic-reviews" in line]
    assert (done.returncode, said) == (0, []), done.stderr


def test_the_units_run_commands_that_exist() -> None:
    for unit in UNITS:
        (command,) = re.findall(r"^ExecStart=\S+/reviews (.+)$", unit.read_text(), re.MULTILINE)
        assert CliRunner().invoke(main, [command.split()[0], "--help"]).exit_code == 0


def test_the_image_is_made_of_what_is_there() -> None:
    text = (ROOT / "Dockerfile").read_text()
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (ROOT / name.removeprefix("./")).exists(), name
            assert name.removeprefix("./") in let_in, name
    for command in re.findall(r'CMD \["reviews", "(\w+)"\]', text):
        assert CliRunner().invoke(main, [command, "--help"]).exit_code == 0
    names = set(re.findall(r"REVIEWS_\w+(?==)", text))
    assert names
    assert {name.removeprefix("REVIEWS_").lower() for name in names} <= set(Settings.__dataclass_fields__)
    assert re.search(r"^USER reviews$", text, re.MULTILINE)


def test_compose_names_one_service_and_a_database_for_who_asks() -> None:
    found = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert found["services"]["reviews"]["ports"] == ["127.0.0.1:8000:8000"], "nothing is open to the outside"
    assert found["services"]["postgres"]["profiles"] == ["postgres"]
    named = {volume.split(":")[0] for service in found["services"].values() for volume in service["volumes"]}
    assert named == set(found["volumes"])


# ---------------------------------------------------------------- the commands that these files and guides use
@pytest.mark.statement("S63")
def test_upgrade_check_says_what_would_change_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "reviews.db"
    monkeypatch.setenv("REVIEWS_DATABASE", str(file))
    monkeypatch.setenv("REVIEWS_DATA_DIR", str(tmp_path))
    storage = open_storage(str(file))
    storage.migrations = storage.migrations[:-1]
    storage.migrate(NOW)
    newest = open_storage(str(file)).migrations[-1]
    storage.close()
    asked = CliRunner().invoke(main, ["upgrade", "--check"])
    assert asked.exit_code == 1
    assert f"{newest.version:04} {newest.name}" in asked.output
    assert CliRunner().invoke(main, ["upgrade", "--check"]).exit_code == 1, "nothing was changed"
    assert CliRunner().invoke(main, ["upgrade"]).exit_code == 0
    done = CliRunner().invoke(main, ["upgrade", "--check"])
    assert (done.exit_code, done.output) == (0, "Nothing would change.\n")


@pytest.mark.statement("S60")
def test_health_says_no_where_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REVIEWS_PORT", str(free_port()))
    done = CliRunner().invoke(main, ["health"])
    assert done.exit_code == 1
    assert '"ok": false' in done.output
