"""The real command line: its pages name every command and option, the shells take the completion scripts, and `lectr health` tells the truth."""
from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest

from support.certs import Authority
from support.daemon import SLOW, Daemon, binary
from support.upstream import Upstream


def run(*arguments: str, code: int = 0) -> str:
    done = subprocess.run([str(binary()), *arguments], capture_output=True, text=True, timeout=20 * SLOW)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return done.stdout + (done.stderr if code else "")


def commands(path: tuple[str, ...] = ()) -> dict[tuple[str, ...], set[str]]:
    """Every command with its options, as its own --help tells: what the pages must not miss."""
    text = run(*path, "--help")
    options = set(re.findall(r"^ {2}(?:-\w,)?(--[\w-]+)", text, re.M))
    found = {path: options}
    for name in re.findall(r"^ {2}([a-z][\w-]*)", text.partition("Subcommands:")[2], re.M):
        found |= commands((*path, name))
    return found


@pytest.fixture(scope="module")
def tree():
    found = commands()
    assert ("org", "create") in found and "--admin-listen" in found[("serve",)], "the help could not be read"
    return found


def test_manual_page_has_every_command_and_option(tree):
    page = run("man").replace("\\-", "-")
    for path, options in tree.items():
        part = page.partition("\n.SS " + " ".join(("lectr", *path)) + "\n")[2].partition("\n.SS ")[0] if path else page
        assert part, path
        for option in options:
            assert f"\\fB{option}\\fR" in part, (path, option)


def test_manual_page_is_good_roff(tree):
    if not shutil.which("groff"):
        pytest.skip("NOT RUN: groff is missing (scripts/deps --ship)")
    done = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z"], input=run("man"), capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_bash_offers_every_command_and_option(tree):
    script = run("completion", "bash")
    lines = "".join(f"COMP_WORDS=(lectr {' '.join(path)} {start}); COMP_CWORD={len(path) + 1}; _lectr; echo \"${{COMPREPLY[*]}}\"\n"
                    for path in tree for start in ("''", "--"))
    done = subprocess.run(["bash", "--norc", "-c", f"{script}\n{lines}complete -p lectr"], capture_output=True, text=True, timeout=20 * SLOW)
    assert done.stderr == "" and "-F _lectr lectr" in done.stdout
    answers = iter(done.stdout.splitlines())
    for path, options in tree.items():
        children = {other[-1] for other in tree if other[:-1] == path and other}
        assert children <= set(next(answers).split()), path
        assert options == set(next(answers).split()), path


@pytest.mark.parametrize("shell, line", [
    ("zsh", "autoload -Uz compinit; compinit -D -u; source {file}; print $_comps[lectr]"),
    ("fish", "source {file}; complete -C 'lectr org cre'; complete -C 'lectr user add x --role '"),
])
def test_other_shells_take_their_script(folder, shell, line):
    if not shutil.which(shell):
        pytest.skip(f"NOT RUN: {shell} is missing (scripts/deps --ship)")
    file = folder / f"lectr.{shell}"
    file.write_text(run("completion", shell))
    done = subprocess.run([shell, "-c", line.format(file=file)], capture_output=True, text=True, timeout=20 * SLOW, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"})
    assert done.stderr == ""
    if shell == "zsh":
        assert "_bash_complete" in done.stdout and "_lectr" in done.stdout
    else:
        assert "create\tmake an org" in done.stdout and all(f"\n{role}" in done.stdout for role in ("viewer", "editor", "admin"))


# health

def test_health_asks_the_configured_listener(folder):
    with Daemon(folder) as own:
        own.env["LECTR_ADMIN_LISTEN"] = f"0.0.0.0:{own.admin_port}"
        assert '"status":"ok"' in own.command("health")
        own.env["LECTR_ADMIN_LISTEN"] = "127.0.0.1:0"
        assert "--url" in own.command("health", code=1)
        url = f"http://127.0.0.1:{own.admin_port}"
        assert '"ready":true' in own.command("health", "--url", url + "/ready")
        assert "status 401" in own.command("health", "--url", url + "/api/v1/org", code=1)
        own.env["LECTR_ADMIN_LISTEN"] = f"127.0.0.1:{own.admin_port}"
    assert "connect" in own.command("health", code=1).lower()


def test_health_asks_over_tls(folder):
    certificate, key = Authority(folder).leaf("dashboard", "DNS:lectr.example")
    with Daemon(folder, settings=f"admin: {{tls: {{certificate: {certificate}, key: {key}}}}}\n") as own:
        own.env["LECTR_ADMIN_LISTEN"] = f"127.0.0.1:{own.admin_port}"
        assert '"status":"ok"' in own.command("health")
        assert "certificate" in own.command("health", "--url", f"https://127.0.0.1:{own.admin_port}/health", code=1).lower(), "a URL that was given is verified"


def test_health_gives_up_on_a_silent_listener(folder):
    provider = Upstream()
    provider.play(lambda exchange: exchange.wait_gone(15 * SLOW))
    try:
        began = time.monotonic()
        assert "Timeout" in run("health", "--url", provider.url + "/health", code=1)
        assert 2.5 < time.monotonic() - began < 6 * SLOW
    finally:
        provider.stop()
