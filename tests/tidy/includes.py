#!/usr/bin/env python3
"""Reads every #include of src, include and tests against the levels of the modules.

  tests/tidy/includes.py [ROOT]      exit 1 and file:line: rule for each that breaks one
  tests/tidy/includes.py --self-test

A shared include root makes the linker's view toothless; this is what keeps the directions.
"""
import pathlib
import re
import sys
import tempfile

# Module -> modules that it may include: downwards only, and never sideways between proxy and api, which meet in app.
L0, L1 = {"base"}, {"config", "wire", "telemetry"}
MAY = {
    "base": set(),
    "config": L0, "wire": L0, "telemetry": L0,
    "policy": L0 | {"config", "wire"}, "insight": L0 | {"config"},
    "net": L0 | {"config", "telemetry"}, "limits": L0 | {"config", "telemetry"}, "events": L0 | {"telemetry"}, "store": L0 | {"config", "telemetry"},
    "proxy": L0 | L1 | {"policy", "net", "limits", "events"},
    "api": L0 | L1 | {"policy", "insight", "net", "store"},
}
MAY["app"] = set(MAY)

BEAST, ASIO, SQL, REDIS, SPDLOG = ("boost/beast",), ("boost/asio",), ("pqxx/", "libpq", "postgresql/", "sqlite3"), ("hiredis", "sw/redis"), ("spdlog/", "fmt/")
THIRD_PARTY = BEAST + ASIO + SQL + REDIS + SPDLOG + ("boost/", "openssl/", "nlohmann/", "yaml-cpp/", "CLI/", "zlib", "brotli/", "zstd", "sodium", "concurrentqueue", "moodycamel/")
PURE = {"wire", "policy", "insight"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".cpp", ".hpp", ".h", ".cc", ".inc"}


def module_of(path):
    """(module or None, is it a public header, is it test code) of a path relative to the root."""
    parts = path.parts
    if parts[:2] == ("include", "lectr") and len(parts) > 3:
        return parts[2], True, False
    if parts[0] == "src" and len(parts) > 2:
        return parts[1], False, False
    if parts[:2] == ("tests", "unit") and len(parts) > 3:
        return parts[2], False, True
    return None, False, parts[0] == "tests"


def target_of(text):
    """(module, is it another module's private header) that an include names, or (None, False) for what is not ours."""
    parts = text.split("/")
    if parts[0] == "lectr" and len(parts) > 2:
        return parts[1], False
    if parts[0] in MAY and len(parts) > 1:
        return parts[0], True
    return None, False


def broken_rules(path, text):
    module, public, test = module_of(path)
    target, private = target_of(text)
    if module is not None and module not in MAY:
        yield f"module {module} is not in the level table"
        return
    if target is not None and target not in MAY:
        yield f"{text}: module {target} is not in the level table"
        return
    if module and target and target != module:
        if target not in MAY[module]:
            yield f"{module} may not include {target} (allowed: {' '.join(sorted(MAY[module])) or 'nothing'})"
        elif private:
            yield f"{text} is private to {target}: include what include/lectr/{target} offers"
    if public and private:
        yield f"{text}: a public header includes public headers only"
    if public and text.startswith(BEAST + SQL + REDIS):
        yield f"{text}: no Beast, SQL or Redis header under include/lectr"
    if not test and module != "telemetry" and text.startswith(SPDLOG):
        yield f"{text}: telemetry is the only door to spdlog"
    if not test and module not in ("store", None) and text.startswith(SQL):
        yield f"{text}: SQL libraries stay in store"
    if not test and module not in ("limits", None) and text.startswith(REDIS):
        yield f"{text}: the Redis library stays in limits"
    if not test and module == "base" and text.startswith(THIRD_PARTY) and not text.startswith("boost/system"):
        yield f"{text}: base stands on the standard library and Boost.System alone"
    if not test and module in PURE and text.startswith(BEAST + ASIO):
        yield f"{text}: {module} is pure, it does no input or output"


def check(root):
    problems = []
    for top in ("src", "include", "tests"):
        for file in sorted((root / top).rglob("*")):
            if file.suffix not in SUFFIXES or "node_modules" in file.parts or not file.is_file():
                continue
            path = file.relative_to(root)
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                found = INCLUDE.match(line)
                if found:
                    problems += [f"{path}:{number}: {rule}" for rule in broken_rules(path, found.group(2))]
    return problems


# Path, include, and a word of the rule that it breaks (None: it breaks none).
CASES = [
    ("src/base/a.cpp", '"lectr/config/snapshot.hpp"', "base may not include config"),
    ("src/base/a.cpp", "<boost/asio.hpp>", "base stands on"),
    ("src/base/a.cpp", "<boost/system/result.hpp>", None),
    ("src/wire/a.cpp", '"lectr/base/result.hpp"', None),
    ("src/wire/a.cpp", "<boost/asio/buffer.hpp>", "wire is pure"),
    ("src/policy/a.cpp", '"lectr/wire/peek.hpp"', None),
    ("src/policy/a.cpp", '"policy/glob.hpp"', None),
    ("src/policy/a.cpp", '"lectr/net/pool.hpp"', "policy may not include net"),
    ("src/policy/a.cpp", '"config/values.hpp"', "private to config"),
    ("src/proxy/a.cpp", '"lectr/api/server.hpp"', "proxy may not include api"),
    ("src/api/a.cpp", '"lectr/proxy/session.hpp"', "api may not include proxy"),
    ("src/proxy/a.cpp", '"lectr/store/event_store.hpp"', "proxy may not include store"),
    ("src/api/a.cpp", '"lectr/store/event_store.hpp"', None),
    ("src/app/a.cpp", '"lectr/proxy/worker.hpp"', None),
    ("src/app/demo/a.cpp", '"lectr/api/server.hpp"', None),
    ("src/net/a.cpp", "<spdlog/spdlog.h>", "only door to spdlog"),
    ("src/telemetry/a.cpp", "<spdlog/spdlog.h>", None),
    ("src/api/a.cpp", "<sqlite3.h>", "stay in store"),
    ("src/store/a.cpp", "<pqxx/pqxx>", None),
    ("src/proxy/a.cpp", "<hiredis/hiredis.h>", "stays in limits"),
    ("include/lectr/net/a.hpp", "<boost/beast/core.hpp>", "no Beast"),
    ("include/lectr/store/a.hpp", "<pqxx/pqxx>", "no Beast, SQL"),
    ("include/lectr/limits/a.hpp", "<hiredis/hiredis.h>", "no Beast, SQL or Redis"),
    ("include/lectr/policy/a.hpp", '"policy/glob.hpp"', "public headers only"),
    ("src/util/a.cpp", "<string>", "util is not in the level table"),
    ("src/app/a.cpp", '"lectr/util/a.hpp"', "util is not in the level table"),
    ("tests/unit/config/a.cpp", '"lectr/policy/price.hpp"', "config may not include policy"),
    ("tests/unit/config/a.cpp", '"config/values.hpp"', None),
    ("tests/bench/a.cpp", '"lectr/proxy/worker.hpp"', None),
    ("src/proxy/a.cpp", "<vector>", None),
]


def self_test():
    failed = 0
    for path, include, word in CASES:
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True)
            file.write_text(f"// first line\n  #  include {include}\n")
            problems = check(pathlib.Path(folder))
        good = not problems if word is None else any(word in p and p.startswith(f"{path}:2: ") for p in problems)
        if not good:
            failed += 1
            print(f"self-test: {path} with {include}: expected {word or 'nothing'}, got {problems or 'nothing'}")
    print(f"includes: self-test, {len(CASES)} cases, {failed} failed")
    return 1 if failed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    problems = check(root)
    print("\n".join(problems) if problems else "includes: all directions kept")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
