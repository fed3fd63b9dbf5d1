#!/usr/bin/env python3
"""Looks for words in tracked files that belong to a machine or to a day, not to the project.

  tests/tidy/words.py [ROOT]         exit 1 and file:line: rule for each found
  tests/tidy/words.py --self-test

The patterns are spelt with one-letter classes so that this file passes its own check.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

RULES = [
    ("an absolute path of one machine", re.compile(r"(?:(?<![\w.~$})-])|(?<=-[IL]))/(?:wor[k]|roo[t]|hom[e]|User[s])/")),
    ("the host of a package registry", re.compile(
        r"registry\.npm[j]s\.org|npm[j]s\.(?:org|com)|registry\.yarnp[k]g\.com|pyp[i]\.org|pythonhoste[d]\.org|crate[s]\.io|proxy\.golan[g]\.org|rubygem[s]\.org|"
        r"repo1?\.maven(?:\.apache)?\.or[g]|deb\.debia[n]\.org|conan\.i[o]", re.I)),
    ("a note of unfinished work", re.compile(r"\b(?:TOD[O]|FIXM[E])\b")),
]


def tracked(root):
    names = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True).stdout
    return [name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name]


def check(root):
    problems = []
    for name in tracked(root):
        file = root / name
        if file.is_symlink() or not file.is_file():
            continue
        data = file.read_bytes()
        if b"\0" in data[:8192]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            problems += [f"{name}:{number}: {rule}: {line.strip()[:120]}" for rule, pattern in RULES if pattern.search(line)]
    return problems


# Text, and whether it is to be found.
CASES = [
    ("see /wor" + "k/main/src", True), ("path = '/hom" + "e/me/x'", True), ("/roo" + "t/.cache", True), ("-I/roo" + "t/x", True), ("=/User" + "s/x", True),
    ("/var/lib/lectr /etc/lectr /usr/lib/postgresql /tmp/x", False), ("https://example.org/hom" + "e/page", False), ("./wor" + "k/x and ~/wor" + "k/x", False),
    ('"resolved": "https://registry.npm' + 'js.org/x/-/x-1.tgz"', True), ("pip install -i https://pyp" + "i.org/simple", True), ("https://github.com/pydantic/genai-prices", False),
    ("// TOD" + "O: later", True), ("# FIXM" + "E", True), ("mastodon and todos", False),
]


def self_test():
    failed = 0
    for text, found in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "a.txt").write_text("first\n" + text + "\n")
            (root / "untracked.txt").write_text("TOD" + "O\n")
            (root / "binary").write_bytes(b"\0 TOD" + b"O\n")
            subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
            subprocess.run(["git", "-C", folder, "add", "a.txt", "binary"], check=True)
            problems = check(root)
        if [p for p in problems if not p.startswith("a.txt:2: ")] or bool(problems) != found:
            failed += 1
            print(f"self-test: {text!r}: expected {'a finding' if found else 'none'}, got {problems}")
    print(f"words: self-test, {len(CASES)} cases, {failed} failed")
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    print("\n".join(problems) if problems else "words: nothing found")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
