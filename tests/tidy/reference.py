#!/usr/bin/env python3
"""Holds the pages that list things against the code that has them: settings, variables, headers, error codes.

  tests/tidy/reference.py [ROOT]     exit 1 and what is missing, gone or different, for each
  tests/tidy/reference.py --self-test

docs/reference.md is written by hand, for its sentences; this is what keeps its names, defaults and bounds true.
"""
import pathlib
import re
import sys

FIELD = re.compile(r'\{"([a-z_.]+)",\s*\[\]\(S& s, T t\)\s*\{\s*return set_(\w+)\([^,;]+, t(?:,\s*([^,;]+),\s*([^;]+?))?\);\s*\}\s*(,\s*true)?\s*\}')
# Codes that the REST API alone answers with; they are in docs/api.md, see check_api_codes.
API_ONLY = {"not_found", "conflict", "forbidden", "unavailable"}
# Variables that scripts and builds read, not the daemon.
OTHER_VARIABLES = {"LECTR_CONFIG", "LECTR_JOBS", "LECTR_PROXY_PORT", "LECTR_ADMIN_PORT", "LECTR_POSTGRES_PASSWORD", "LECTR_MAINTAINER", "LECTR_WEB", "LECTR_TESTS",
                   "LECTR_FUZZ", "LECTR_URL", "LECTR_TOKEN", "LECTR_PLAN_TOKEN"}


def read(root, name):
    return (root / name).read_text(encoding="utf-8")


def amount(text):
    """A bound of fields.cpp as a settings file would write it: "4 * kKi" is 4KiB, "5min" 5m, "20'000" 20000."""
    text = text.strip().replace("'", "")
    for unit, name in (("kKi", "KiB"), ("kMi", "MiB"), ("kGi", "GiB")):
        if text == unit:
            return "1" + name
        if text.endswith(f" * {unit}"):
            return text.split(" ")[0] + name
    return text.replace("min", "m")


def fields(root):
    """key -> (bounds as text, only as a variable)."""
    source = read(root, "src/config/fields.cpp")
    table = source[source.index("kFields[]"):]
    found = {}
    for key, kind, least, most, secret in FIELD.findall(table):
        bounded = least and kind != "choice"
        found[key] = (f"{amount(least)} to {amount(most)}" if bounded else "", bool(secret))
    assert len(found) == table[:table.index("};")].count('{"'), "a line of kFields that this check can't read"
    return found


def example(root):
    """key -> default, or None where the example only shows it behind a comment sign."""
    found, path = {}, []
    for line in read(root, "config/lectr.yaml").splitlines():
        match = re.match(r"^( *)(# )?( *)([a-z_]+):(?:$|\s+(.*))", line)
        if not match:
            continue
        before, comment, indent, key, rest = match.groups()
        value = re.split(r"(?:^|\s+)#", rest or "")[0].strip().strip('"')
        if comment and " " in value:
            continue  # a sentence
        path = path[:len(before + indent) // 2] + [key]
        if value and path[0] != "providers":
            found[".".join(path)] = None if comment else value
    return found


def rows(text, title):
    """The cells of each row of the tables below a heading."""
    part = re.split(r"^#", text[text.index(title) + len(title):], maxsplit=1, flags=re.M)[0]
    lines = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in part.splitlines() if line.startswith("|")]
    return [cells for cells in lines if not set("".join(cells)) <= set("-: ")]


def check_settings(root, page):
    known, shown = fields(root), example(root)
    listed = {cells[0].split(" ")[0].strip("`"): cells for cells in rows(page, "## Settings") if cells[0].startswith("`")}
    for key, (bounds, secret) in known.items():
        if key not in listed:
            yield f"docs/reference.md: no row for the setting {key}"
            continue
        if not secret and key not in shown:
            yield f"config/lectr.yaml: does not show {key}"
        default = shown.get(key)
        if default and listed[key][1] != f"`{default}`":
            yield f"docs/reference.md: {key}: default is `{default}` in config/lectr.yaml, the page says {listed[key][1]}"
        if bounds and bounds not in listed[key][2]:
            yield f"docs/reference.md: {key}: bounds are '{bounds}' in src/config/fields.cpp, the page says '{listed[key][2]}'"
    for key in sorted((set(listed) | set(shown)) - set(known)):
        if not key.startswith("providers."):
            yield f"docs/reference.md or config/lectr.yaml: {key} is no setting"


def check_variables(root, names):
    known = {"LECTR_" + key.upper().replace(".", "_") for key in fields(root)} | OTHER_VARIABLES
    for name in names:
        for number, line in enumerate(read(root, name).splitlines(), 1):
            for variable in re.findall(r"\bLECTR_[A-Z0-9]+(?:_[A-Z0-9]+)*\b(?![_<*])", line):
                if variable not in known and not re.fullmatch(r"LECTR_PROVIDER_\w+_(BASE_URL|CA_FILE)", variable):
                    yield f"{name}:{number}: {variable} is no variable"


def check_headers(root, page):
    code = set()
    for file in sorted((root / "src").rglob("*.cpp")):
        if "demo" not in file.parts:
            for text in re.findall(r'"((?:\\.|[^"\\])*)"', file.read_text(encoding="utf-8")):
                code |= {name.lower() for name in re.findall(r"^(?:\\r\\n)?(x-lectr-[a-z-]*[a-z]-?)(?=:|$)", text, re.I)} - {"x-lectr-"}
    told = {name.lower().removesuffix("<provider>") for name in re.findall(r"`(X-Lectr-[A-Za-z-]*(?:<provider>)?)`", page, re.I)}
    for name in sorted(code - told):
        yield f"docs/reference.md: no row for the header {name}"
    for name in sorted(told - code):
        yield f"docs/reference.md: {name} is no header of the code"


def check_codes(root):
    source = read(root, "src/wire/error_body.cpp")
    cases = re.findall(r"case Code::(\w+):\s*return (hopeless|retry|plain)\(\s*(\d+)", source)
    listed = {cells[1].strip("`"): cells for cells in rows(read(root, "docs/errors.md"), "# Errors") if cells[0].isdigit()}
    in_rows = {cells[1].strip("`") for cells in rows(read(root, "docs/errors.md"), "## In rows")}
    for code, kind, status in cases + [("internal_error", "plain", "500")]:
        if code in API_ONLY or (code not in listed and code in in_rows):
            continue
        if code not in listed:
            yield f"docs/errors.md: no row for {code}"
        elif listed[code][0] != status:
            yield f"docs/errors.md: {code} is answered with {status}, the page says {listed[code][0]}"
        elif (listed[code][4] == "no") != (kind == "hopeless") or (listed[code][4] == "—") != (kind == "plain"):
            yield f"docs/errors.md: {code}: the code says '{kind}', the page's retry column '{listed[code][4]}'"
    for code in sorted(set(listed) - {code for code, _, _ in cases} - {"internal_error"}):
        yield f"docs/errors.md: {code} is no code"


def api_codes(root):
    """(status, code) of all that src/api answers with, and what of it this check can't read."""
    found, unread = set(), []
    for file in sorted((root / "src/api").glob("*.[ch]pp")):
        text = file.read_text(encoding="utf-8")
        found |= set(re.findall(r'\b([45]\d\d), "([a-z_]+)"', text))
        found |= set(re.findall(r'Reply::json\((\d+), dump\(\{\{"error", \{\{"code", "([a-z_]+)"', text))
        literal = r'(?<!::)\bProblem\{(?!\d{3}, "|\})|"code", (?!"|problem\.code)'
        unread += [f"src/api/{file.name}:{text.count(chr(10), 0, odd.start()) + 1}: an error whose status or code is no literal" for odd in re.finditer(literal, text)]
    # What a store says, by its code's own name; all else is 500 internal_error.
    found |= {(status, code) for code, status in re.findall(r"case Code::(\w+): return (\d+);", read(root, "src/api/http.cpp"))}
    return found, unread


def check_api_codes(root):
    code, unread = api_codes(root)
    yield from unread
    told = {(cells[0], name) for cells in rows(read(root, "docs/api.md"), "## Errors") if cells[0].isdigit()
            for name in re.findall(r"`([a-z_]+)`", re.sub(r"\([^)]*\)", "", cells[1]))}
    for status, name in sorted(code - told):
        yield f"docs/api.md: {name} is answered with {status}, and its table of errors does not say so"
    for status, name in sorted(told - code):
        yield f"docs/api.md: {name} with {status} is no error of the code"


def check(root):
    page = read(root, "docs/reference.md")
    pages = ["README.md", "CONTRIBUTING.md", "config/lectr.yaml", "docker/Dockerfile", "docker/compose.yaml", "docker/compose.demo.yaml", "docker/package/lectr.service",
             "docker/package/lectr.default"] + sorted(str(file.relative_to(root)) for file in (root / "docs").glob("*.md"))
    return [*check_settings(root, page), *check_variables(root, pages), *check_headers(root, page), *check_codes(root), *check_api_codes(root)]


def self_test(root):
    """Each kind of slip, made in a copy of the texts, is found."""
    import shutil
    import tempfile
    slips = [
        ("docs/reference.md", "| `io_threads` |", "| `io_thread` |", "io_threads"),
        ("docs/reference.md", "`60s` | 10ms to 1h", "`61s` | 10ms to 1h", "default is"),
        ("docs/reference.md", "10ms to 5m", "10ms to 6m", "bounds are"),
        ("docs/reference.md", "`X-Lectr-Task`", "`X-Lectr-Tusk`", "x-lectr-tusk is no header"),
        ("docs/errors.md", "| 401 | `org_disabled`", "| 403 | `org_disabled`", "answered with 401"),
        ("docs/errors.md", "`provider_timeout` | no connection", "`provider_timeouts` | no connection", "provider_timeouts is no code"),
        ("docs/errors.md", "| report it | — |", "| report it | no |", "retry column"),
        ("docs/api.md", "`version_moved` (of", "(of", "version_moved is answered with 409"),
        ("docs/api.md", "| 405 | `method", "| 404 | `method", "method_not_allowed is answered with 405"),
        ("docs/api.md", "`wrong_login`", "`wrong_logins`", "wrong_logins with 401 is no error"),
        ("src/api/http.cpp", "case Code::forbidden: return 403", "case Code::corrupt: return 422", "corrupt is answered with 422"),
        ("src/api/login.cpp", 'Problem{403, "forbidden"', "Problem{403, kWord", "no literal"),
        ("README.md", "LECTR_IO_THREADS", "LECTR_IO_THREAD", "is no variable"),
        ("config/lectr.yaml", "\nio_threads: 0", "\nio_threds: 0", "io_threds is no setting"),
        ("src/config/fields.cpp", '{"io_threads",', '{"io_workers",', "no row for the setting io_workers"),
    ]
    failed = 0
    for name, was, now, word in slips:
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder)
            for part in ("docs", "config", "docker", "src"):
                shutil.copytree(root / part, copy / part)
            for file in ("README.md", "CONTRIBUTING.md"):
                shutil.copy(root / file, copy / file)
            text = read(copy, name)
            (copy / name).write_text(text.replace(was, now, 1), encoding="utf-8")
            found = check(copy)
        if was not in text or not any(word in problem for problem in found):
            failed += 1
            print(f"self-test: {name}: {was!r} as {now!r}: expected '{word}', got {found or 'nothing'}")
    print(f"reference: self-test, {len(slips)} cases, {failed} failed")
    return 1 if failed else 0


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    if sys.argv[1:] == ["--self-test"]:
        return self_test(root)
    problems = check(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else root)
    print("\n".join(problems) if problems else "reference: settings, variables, headers and error codes are those of the code")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
