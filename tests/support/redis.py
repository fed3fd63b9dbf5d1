"""A private Redis for tests, and a way to it that can fall silent or become slow."""
from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
import time
from pathlib import Path

from support.daemon import ROOT


class Redis:
    """What its processes and counters say."""

    def __init__(self, folder: Path):
        self.folder = folder

    def call(self, verb: str) -> str:
        done = subprocess.run(["sh", str(ROOT / "tests" / "support" / "redis.sh"), verb, str(self.folder)], capture_output=True, text=True, timeout=90)
        assert done.returncode == 0, done.stderr[-500:]
        return done.stdout.strip()

    def cli(self, *words: str) -> str:
        return subprocess.run(["redis-cli", "-u", self.call("url"), *words], capture_output=True, text=True, timeout=10).stdout.strip()

    def pid(self) -> int:
        return int(next(line for line in self.cli("INFO", "server").splitlines() if line.startswith("process_id:")).split(":")[1])

    def claims(self) -> int:
        """Calls of scripts since the start; the heartbeats are one a second and instance of them."""
        line = next((x for x in self.cli("INFO", "commandstats").splitlines() if x.startswith("cmdstat_evalsha:")), "calls=0,")
        return int(line.split("calls=")[1].split(",")[0])


class Relay:
    """Between a daemon and its Redis. `mode`: through; hole: takes connections and neither reads nor answers; late: each answer 200 ms later."""

    def __init__(self, url: str):
        self.mode, self._port = "through", int(url.rsplit(":", 1)[1])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                theirs = socket.create_connection(("127.0.0.1", self._port))
                self._open += [ours, theirs]
                for source, sink, late in ((ours, theirs, False), (theirs, ours, True)):
                    threading.Thread(target=self._pass, args=(source, sink, late), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while True:
                while self.mode == "hole":
                    time.sleep(0.01)
                data = source.recv(65536)
                if answers and self.mode == "late":
                    time.sleep(0.2)
                while self.mode == "hole":
                    time.sleep(0.01)
                if not data:
                    break
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)
