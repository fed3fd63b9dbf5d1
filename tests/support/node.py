"""Runs a folder of node tests and gives each result."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from support.daemon import SLOW


def run_node_tests(folder: Path, file: str, env: dict[str, str], timeout: float = 240) -> dict[str, tuple[bool, str]]:
    """Name of each test: passed, and what it said."""
    assert shutil.which("node"), "node is missing"
    assert (folder / "node_modules").exists(), f"run npm ci in {folder} first"
    done = subprocess.run(["node", "--test", "--test-reporter=tap", "--test-concurrency=1", file], cwd=folder, env={**os.environ, **env}, capture_output=True,
                          text=True, timeout=timeout * SLOW)
    found = read_tap(done.stdout)
    assert found, f"node reported nothing:\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}"
    if done.returncode and all(passed for passed, _ in found.values()):
        found["exit code"] = (False, f"{done.returncode}: {done.stderr[-1000:]}")
    return found


def read_tap(text: str) -> dict[str, tuple[bool, str]]:
    pieces = re.split(r"(?m)^\s*(not ok|ok) \d+ - (.*)$", text)
    return {name.strip(): (state == "ok", detail.split("# Subtest")[0][:2500]) for state, name, detail in zip(pieces[1::3], pieces[2::3], pieces[3::3])}
