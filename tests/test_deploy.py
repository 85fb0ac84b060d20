"""The files for running it for real, each read by the program that it is for where that needs no network."""

import re
import shutil
import socket
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

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

UNITS = sorted((ROOT / "deploy" / "systemd").glob("*.service"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    text = (ROOT / "deploy" / "nginx" / "clinic-reviews.conf").read_text()
    text = text.replace("/etc/letsencrypt/live/reviews.example.org", str(tmp_path))
    text = re.sub(r"listen \[::\]:\d+( ssl)?;", "", text)
    for port in ("80", "443"):
        text = re.sub(rf"listen {port}\b", f"listen 127.0.0.1:{free_port()}", text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = " ".join(f"{kind}_temp_path {tmp_path}/{kind};" for kind in kinds)
    whole, log = tmp_path / "nginx.conf", tmp_path / "error.log"
    whole.write_text(f"pid {tmp_path}/pid; error_log {log}; events {{}} http {{ access_log off; {places} {text} }}")
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-t", "-c", str(whole), "-e", str(log)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


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
