"""A private Postgres for a test: `with cluster() as own:` starts one and ends it; own.stop() and own.start() in between take it away and bring it back."""
from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".sh")


class Cluster:
    def __init__(self, folder: Path):
        self.folder = folder

    def _call(self, verb: str) -> str:
        done = subprocess.run(["sh", str(SCRIPT), verb, str(self.folder)], capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stderr[-500:]
        return done.stdout.strip()

    def start(self) -> None:
        self._call("start")

    def stop(self) -> None:
        self._call("stop")

    def pids(self) -> list[int]:
        """Of the postmaster and its children."""
        first = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        parents = {int(stat.parent.name): int(stat.read_text().rsplit(")", 1)[1].split()[1]) for stat in Path("/proc").glob("[0-9]*/stat")}
        return [first] + [pid for pid, parent in parents.items() if parent == first]

    @property
    def url(self) -> str:
        return self._call("url")


@contextlib.contextmanager
def cluster() -> Iterator[Cluster]:
    # Root's own temporary folders are closed to the user that the cluster runs as.
    with tempfile.TemporaryDirectory(prefix="lectr-pg-") as parent:
        os.chmod(parent, 0o755)
        made = Cluster(Path(parent) / "cluster")
        made.start()
        try:
            yield made
        finally:
            made.stop()
