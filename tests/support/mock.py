"""The built-in mock providers as a process of their own, and daemons in front of them."""
from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from pathlib import Path

from support.daemon import SLOW, binary, check_end, eventually, sanitizer_settings


class Mock:
    def __init__(self, folder: Path):
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        self.log_path = folder / "mock.log"
        self.log = self.log_path.open("ab")
        self.process = subprocess.Popen([str(binary()), "demo", "--providers-only", "--listen", f"127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log,
                                        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | sanitizer_settings())
        if not eventually(self.answers, 10 * SLOW):
            self.stop()
            raise RuntimeError("the mock providers don't answer:\n" + self.log_path.read_text("utf-8", "replace")[-2000:])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def providers(self) -> dict[str, str]:
        return {"openai": self.url, "anthropic": self.url, "gemini": self.url, "azure": self.url, "groq": self.url + "/openai"}

    def answers(self) -> bool:
        try:
            return bool(self.get("/mock/stats"))
        except OSError:
            return False

    def get(self, path: str) -> dict:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def disconnects(self) -> list[float]:
        """Unix seconds at which clients left while they were being answered."""
        return [left["at_ms"] / 1000 for left in self.get("/mock/stats")["disconnected"]]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
        check_end(self.log_path.read_text("utf-8", "replace"), self.process.returncode, "the mock providers")
