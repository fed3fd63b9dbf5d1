"""Reads /metrics, strictly enough to notice what Prometheus would refuse."""
from __future__ import annotations

import http.client
import re
from dataclasses import dataclass, field

from support.daemon import SLOW

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SAMPLE = re.compile(rf"^({NAME})(?:\{{(.*)\}})? (\S+)$")


@dataclass
class Scrape:
    types: dict[str, str] = field(default_factory=dict)
    samples: list[tuple[str, dict[str, str], float]] = field(default_factory=list)

    def sum(self, name: str, **labels: str) -> float:
        return sum(value for found, has, value in self.samples if found == name and labels.items() <= has.items())

    def labels(self, family: str) -> set[str]:
        """Names of labels that the family's samples have; a histogram's `le` is none of ours."""
        return {name for found, has, _ in self.samples if self.family(found) == family for name in has} - {"le"}

    def values(self, name: str, label: str) -> set[str]:
        return {has[label] for found, has, _ in self.samples if found == name and label in has}

    def family(self, sample: str) -> str:
        base = re.sub(r"_(bucket|sum|count)$", "", sample)
        return base if self.types.get(base) == "histogram" else sample


def ask(port: int, path: str = "/metrics", **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10 * SLOW)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def parse(text: str) -> Scrape:
    out = Scrape()
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in out.types, f"{name} twice"
            out.types[name] = kind
        elif not line.startswith("# HELP "):
            found = SAMPLE.match(line)
            assert found, line
            pairs = LABEL.findall(found[2] or "")
            assert "".join(f'{n}="{v}",' for n, v in pairs).rstrip(",") == (found[2] or "").rstrip(","), line
            out.samples.append((found[1], {n: re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], v) for n, v in pairs}, float(found[3])))
            assert out.family(found[1]) in out.types, f"{line}: of no family"
    return out


def scrape(port: int) -> Scrape:
    status, headers, text = ask(port)
    assert status == 200 and headers["content-type"].startswith("text/plain; version=0.0.4"), (status, headers)
    return parse(text)
