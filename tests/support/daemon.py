"""Starts the real daemon on free ports, and looks at it from outside: rows over its API, memory in /proc, everything it wrote."""
from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from support.client import ORG_KEY

ROOT = Path(__file__).resolve().parents[2]
ADMIN_PASSWORD = "correct-horse-battery-staple"
ADMIN_TOKEN = "lt_test0000000000000000000000000000000000000000000"
READY = re.compile(r"ready proxy=(\S+) admin=(\S+)")
SLOW = float(os.environ.get("LECTR_TEST_SLOWNESS", "1"))  # sanitizer builds: time limits of the tests are multiplied by this
REPORT = re.compile(r"Sanitizer[: ]|runtime error: ")  # how the sanitizers begin what they found
CRASHES = {-signal.SIGABRT, -signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE, -signal.SIGILL, -signal.SIGTRAP}


def binary() -> Path:
    path = Path(os.environ.get("LECTR_BINARY", ROOT / "build" / "dev" / "lectr"))
    if not path.exists():
        raise FileNotFoundError(f"{path}: build it first, or name another one in LECTR_BINARY")
    return path


def sanitizer_settings() -> dict[str, str]:
    """What a started binary needs of our environment to report what a sanitizer finds in it."""
    return {name: os.environ[name] for name in ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS") if name in os.environ}


def check_end(text: str, code: int | None, what: str = "the daemon", sent: set[int] = frozenset()) -> None:
    """Fails when a process crashed (by a signal that was not `sent` to it), or a sanitizer found something in it: neither may hide behind a test
    that looked elsewhere."""
    found = REPORT.search(text)
    if found:
        start = text.rfind("\n", 0, found.start()) + 1
        raise AssertionError(f"a sanitizer found something in {what}:\n{text[start:start + 8000]}")
    if code in CRASHES and -code not in sent:
        raise AssertionError(f"{what} crashed ({signal.Signals(-code).name}):\n{text[-3000:]}")


class Daemon:
    """`settings` is the text of a YAML file; `providers` maps provider names to base URLs."""

    def __init__(self, folder: Path, providers: dict[str, str] | None = None, settings: str = "", env: dict[str, str] | None = None,
                 arguments: tuple[str, ...] = ("serve",)):
        self.folder = folder
        self.state = folder / "state"
        self.log_path = folder / "stderr.log"
        self.out_path = folder / "stdout.log"
        self.arguments = arguments
        folder.mkdir(parents=True, exist_ok=True)
        self.env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LECTR_PROXY_LISTEN": "127.0.0.1:0", "LECTR_ADMIN_LISTEN": "127.0.0.1:0",
                    "LECTR_STATE_DIR": str(self.state), "LECTR_BOOTSTRAP_ORG_KEY": ORG_KEY, "LECTR_BOOTSTRAP_ADMIN_PASSWORD": ADMIN_PASSWORD,
                    "LECTR_BOOTSTRAP_ADMIN_TOKEN": ADMIN_TOKEN, "LECTR_IO_THREADS": "2"}
        self.env |= sanitizer_settings()
        for name, url in (providers or {}).items():
            self.env[f"LECTR_PROVIDER_{name.upper()}_BASE_URL"] = url
        if settings:
            path = folder / "lectr.yaml"
            path.write_text(settings)
            self.env["LECTR_CONFIG"] = str(path)
        self.env |= env or {}
        self.process: subprocess.Popen | None = None
        self.proxy_port = self.admin_port = 0
        self.admin_tls = None
        self._seen = threading.Condition()
        self._lines: list[str] = []
        self._sent: set[int] = set()

    # Start and end.
    def start(self, timeout: float = 15 * SLOW) -> "Daemon":
        self.spawn()
        line = self.wait_line(READY.pattern, timeout)
        if line is None:
            text = "\n".join(self._lines[-30:])
            ended = self.process.poll()
            self.kill()
            raise RuntimeError(f"not ready in {timeout} s (exit code {ended}):\n{text}")
        match = READY.search(line)
        self.proxy_port, self.admin_port = (int(address.rsplit(":", 1)[1]) for address in match.groups())
        return self

    def spawn(self) -> "Daemon":
        self._lines, self._sent = [], set()
        with self.out_path.open("ab") as out:
            self.process = subprocess.Popen([str(binary()), *self.arguments], env=self.env, stdout=out, stderr=subprocess.PIPE, cwd=self.folder)
        self._reader = threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)
        self._reader.start()
        return self

    def _read_log(self, pipe) -> None:
        with self.log_path.open("ab") as log:
            for raw in pipe:
                log.write(raw)
                log.flush()
                with self._seen:
                    self._lines.append(raw.decode("utf-8", "replace").rstrip())
                    self._seen.notify_all()
        with self._seen:
            self._seen.notify_all()

    def wait_line(self, pattern: str, timeout: float = 10 * SLOW) -> str | None:
        """The first log line that matches; None when it did not come or the process ended without it."""
        def find() -> str | None:
            return next((line for line in self._lines if re.search(pattern, line)), None)
        with self._seen:
            self._seen.wait_for(lambda: find() or not self._reader.is_alive(), timeout)
            return find()

    @property
    def pid(self) -> int:
        return self.process.pid

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        self._sent.add(number)
        self.process.send_signal(number)

    def wait(self, timeout: float = 30 * SLOW) -> int:
        """The exit code. Every way to the end comes by here, so a crash and a sanitizer's report fail every test."""
        code = self.process.wait(timeout)
        self._reader.join(5 * SLOW)
        check_end("\n".join(self._lines), code, f"the daemon in {self.folder.name}", self._sent)
        return code

    def stop(self) -> int:
        """SIGTERM and wait. The exit code."""
        if self.process is None:
            return 0
        if self.alive():
            self.signal(signal.SIGTERM)
        try:
            return self.wait(40 * SLOW)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        if self.process is None:
            return
        if self.alive():
            self.signal(signal.SIGKILL)
        self.wait()

    def __enter__(self) -> "Daemon":
        return self.start()

    def __exit__(self, *exc) -> None:
        self.kill() if exc and exc[0] else self.stop()

    def log(self) -> str:
        return self.log_path.read_text("utf-8", "replace") + self.out_path.read_text("utf-8", "replace")

    def command(self, *arguments: str, code: int = 0) -> str:
        """Runs a subcommand with the daemon's own settings, as an operator does beside a running daemon. What it printed, and why it failed."""
        done = subprocess.run([str(binary()), *arguments], env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=20 * SLOW)
        assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stdout + done.stderr

    # What it says about itself.
    def api(self, path: str, token: str = ADMIN_TOKEN) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.admin_port, timeout=10 * SLOW)
        try:
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 200, (path, answer.status, body[:300])
            return json.loads(body)
        finally:
            connection.close()

    def rows(self, feature: str) -> list[dict]:
        page = self.api(f"/api/v1/requests?feature={feature}&limit=200")
        return next(page[name] for name in ("requests", "rows", "items", "data") if name in page)

    def row(self, feature: str, count: int = 1, timeout: float = 5 * SLOW) -> dict:
        """The newest row of a feature tag, as soon as `count` are there. Exactly one unless told otherwise."""
        found: list[dict] = []
        def enough() -> bool:
            found[:] = self.rows(feature)
            return len(found) >= count
        assert eventually(enough, timeout), f"{len(found)} rows of {feature}, wanted {count}"
        assert len(found) == count, f"{len(found)} rows of {feature}, wanted {count}"
        return found[0]

    def memory_kib(self, kind: str = "RssAnon") -> int:
        """By /proc/PID/status; RssAnon leaves out what is there of files (code), which comes and goes."""
        return int(re.search(kind + r":\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())[1])

    def written_files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file() and path.name != "lectr.yaml"]


def eventually(condition, timeout: float = 5.0) -> bool:
    """Polls a condition that can't be awaited (a row, a file). False when it did not come true in time."""
    deadline = time.monotonic() + timeout
    pause = 0.005
    while not condition():
        if time.monotonic() > deadline:
            return False
        threading.Event().wait(pause)
        pause = min(pause * 1.5, 0.1)
    return True
