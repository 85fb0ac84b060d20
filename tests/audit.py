"""`make audit`: is any locked library known to be bad? Red also where nobody could tell.

An auditor that cannot reach its database of advisories finds nothing wrong with anything. So a pin that is known to be
bad, the canary, is audited beside the lock, and everything is red unless exactly the canary is called bad.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CANARY = ("requests", "2.19.0")  # CVE-2018-18074
AUDITOR = (str(Path(sys.executable).parent / "uv"), "tool", "run", "pip-audit@2.10.1")


def ask(auditor: Sequence[str], file: Path) -> list[dict[str, Any]]:
    """What the auditor says of each pin of a file; raises ValueError when it says nothing that can be read."""
    command = [*auditor, "--strict", "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run([*command, "-r", str(file)], capture_output=True, text=True, check=False, timeout=600)
    try:
        found = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = (done.stderr or done.stdout).strip()[-500:]
        raise ValueError(f"{file.name} could not be audited (exit status {done.returncode}): {said}") from None
    return list(found)


def audit(auditor: Sequence[str], lock: Path) -> list[str]:
    """What is wrong, in lines; empty when every library was looked up, none is known to be bad, and the canary is."""
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text("==".join(CANARY) + "\n", encoding="utf-8")
        try:
            pinned, warned = ask(auditor, lock), ask(auditor, canary)
        except ValueError as error:
            return [str(error)]
    faults = []
    if not any(each.get("name") == CANARY[0] and each.get("vulns") for each in warned):
        faults.append(f"the canary {'=='.join(CANARY)} was not called bad: the advisories were not read")
    for each in pinned:
        name = f"{each.get('name')} {each.get('version', '')}".strip()
        if "vulns" not in each:
            faults.append(f"{name} could not be audited: {each.get('skip_reason', 'nothing was said')}")
        faults += [f"{name}: {vuln['id']}, mended in {vuln.get('fix_versions')}" for vuln in each.get("vulns", ())]
    locked = {line.partition("==")[0] for line in lock.read_text(encoding="utf-8").splitlines() if "==" in line[:80]}
    if len(pinned) < len(locked) // 2:
        faults.append(f"only {len(pinned)} of {len(locked)} locked libraries were looked up")
    return faults


if __name__ == "__main__":
    told = audit(AUDITOR, ROOT / "requirements.txt")
    print("\n".join(told) or "Every locked library was looked up; none is known to be bad.")
    sys.exit(1 if told else 0)
