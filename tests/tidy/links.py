#!/usr/bin/env python3
"""Follows every relative link and anchor of the tracked Markdown files.

  tests/tidy/links.py [ROOT]         exit 1 and file:line: what is wrong, for each link that leads nowhere
  tests/tidy/links.py --self-test

Links to other sites are not asked: a check must give the same answer tomorrow.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"`[^`]*`")
FENCE = re.compile(r"^\s*(```|~~~)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$")


def prose(text):
    """(number, line) outside of fenced blocks."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(text):
    """The anchors that the headings get, as the usual hosts make them: lower case, punctuation out, blanks as hyphens, repeats numbered."""
    found = set()
    for _, line in prose(text):
        heading = HEADING.match(line)
        if not heading:
            continue
        plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).replace("`", "")
        slug = base = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        count = 0
        while slug in found:
            count += 1
            slug = f"{base}-{count}"
        found.add(slug)
    return found


def tracked(root):
    names = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "*.md"], check=True, capture_output=True).stdout
    return [name.decode("utf-8", "surrogateescape") for name in names.split(b"\0") if name]


def wrong(root, name, target):
    """Why a link leads nowhere, or None."""
    path, _, anchor = target.partition("#")
    file = (root / name).parent / urllib.parse.unquote(path) if path else root / name
    if not file.exists():
        return "no such file"
    if not file.resolve().is_relative_to(root.resolve()):
        return "leads out of the repository"
    if anchor and file.suffix == ".md" and urllib.parse.unquote(anchor) not in anchors(file.read_text(encoding="utf-8")):
        return "no such heading"
    return None


def check(root):
    problems, count = [], 0
    for name in tracked(root):
        if not (root / name).is_file():
            continue
        for number, line in prose((root / name).read_text(encoding="utf-8")):
            for link in LINK.finditer(CODE.sub("", line)):
                target = link.group(1)
                if re.match(r"[a-z][a-z0-9+.-]*:", target, re.I):
                    continue
                count += 1
                why = wrong(root, name, target)
                if why:
                    problems.append(f"{name}:{number}: {target}: {why}")
    return problems, count


# A line of a.md beside b.md ("# Top", "## A `code` & more", "## A code  more") and d/c.md, and a word of the finding (None: none).
CASES = [
    ("[x](b.md)", None), ("[x](none.md)", "no such file"), ("[x](b.md#top)", None), ("[x](b.md#nope)", "no such heading"), ("[x](#here)", None),
    ("[x](#gone)", "no such heading"), ("[x](d/c.md) and [y](d/none.md)", "no such file"), ("[x](https://example.org/none)", None), ("`[x](none.md)`", None),
    ("![p](none.png)", "no such file"), ("[x](../outside.md)", "no such file"), ("[a [b] c](none.md)", "no such file"), ("[x](b.md#a-code--more)", None),
    ("[x](b.md \"title\")", None), ("[x](mailto:a@example.org)", None), ("```\n[x](none.md)\n```", None), ("[x](d)", None),
]


def self_test():
    failed = 0
    for text, word in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "d").mkdir()
            (root / "a.md").write_text(f"# Here\n{text}\n")
            (root / "b.md").write_text("# Top\n\n## A `code` & more\n")
            (root / "d" / "c.md").write_text("[up](../a.md#here)\n")
            subprocess.run(["git", "-C", folder, "init", "-q"], check=True)
            subprocess.run(["git", "-C", folder, "add", "."], check=True)
            problems, _ = check(root)
        if (word is None and problems) or (word and not (len(problems) == 1 and word in problems[0] and problems[0].startswith("a.md:2: "))):
            failed += 1
            print(f"self-test: {text!r}: expected {word or 'nothing'}, got {problems}")
    print(f"links: self-test, {len(CASES)} cases, {failed} failed")
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems, count = check(root)
    print("\n".join(problems) if problems else f"links: {count} followed, all lead somewhere")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
