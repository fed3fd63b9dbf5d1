"""A private Postgres for a test: postgres("start", folder), postgres("url", folder), postgres("stop", folder)."""
from __future__ import annotations

import subprocess
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".sh")


def postgres(verb: str, folder: Path) -> str:
    done = subprocess.run(["sh", str(SCRIPT), verb, str(folder)], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()
