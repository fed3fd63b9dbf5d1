#!/usr/bin/env python3
"""Finds loops over a part of what a call returned by value: before C++23 it is gone when the loop's body begins.

  tests/tidy/lifetimes.py [ROOT]      exit 1 and file:line for each
  tests/tidy/lifetimes.py --self-test

`for (const auto& x : current()->parts)`: the shared pointer that current() gave ends before the first turn, and the parts with it if it was the last.
A name for it before the loop is all it takes. Calls that are known to return references (REFERENCES) pass.
"""
import pathlib
import re
import sys

REFERENCES = ("GetParam", "at", "front", "back", "value")
LOOP = re.compile(r"\bfor\s*\((?:[^;()]|\([^()]*\))*\s:\s*\*?[\w.>:-]*?(\w+)\((?:[^()]|\([^()]*\))*\)\s*(?:->|\.)\w+(?!\w*\()\s*\)")


def found(text: str) -> list[int]:
    return [text.count("\n", 0, m.start()) + 1 for m in LOOP.finditer(text) if m[1] not in REFERENCES]


def self_test() -> None:
    bad = ["for (const auto& [id, org] : snapshot()->orgs)", "for (auto& x : make(a, b).parts) {", "for (auto x : store.get(f(1))->rows)"]
    good = ["for (const auto& x : now->orgs)", "for (auto& x : all())", "for (int i = 0; i < all().size; ++i)", "for (const auto& x : row.items())",
            "for (auto& x : GetParam().parts)", "for (auto& x : all.at(0).parts)", "for (auto& x : *all)", "for (const Field& f : std::span{a}.first(n))"]
    for line in bad:
        assert found(line), line
    for line in good:
        assert not found(line), line


def main() -> int:
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    self_test()
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    files = [p for top in ("src", "include", "tests") for p in sorted((root / top).rglob("*")) if p.suffix in (".cpp", ".hpp") and ".venv" not in p.parts]
    faults = [f"{p.relative_to(root)}:{line}: the loop outlives what the call returned; give it a name first" for p in files for line in found(p.read_text("utf-8", "replace"))]
    print("\n".join(faults) or f"lifetimes: no loop over a part of a temporary in {len(files)} files")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
