"""lectr detect on files: rows out as they came, errors by line, nothing written when something is wrong."""
from __future__ import annotations

import datetime
import math
import random
import subprocess

import pytest

from support.daemon import binary

START = datetime.datetime(2026, 3, 1)


def detect(*flags: str, given: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([str(binary()), "detect", *map(str, flags)], input=given, capture_output=True, text=True, timeout=120)


def stamp(i: int) -> str:
    return f"{START + datetime.timedelta(minutes=5 * i):%Y-%m-%d %H:%M:%S}"


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Two weeks of a daily course; at 3000 a spike of two records, at 3600 half a day of silence."""
    dice = random.Random(7)
    values = [50 + 10 * math.sin(i / 288 * 2 * math.pi) + dice.gauss(0, 1) for i in range(4032)]
    values[3000:3002] = [110, 105]
    values[3600:3744] = [0.0] * 144
    file = tmp_path_factory.mktemp("detect") / "series.csv"
    file.write_text("timestamp,value\n" + "".join(f"{stamp(i)},{v:.4f}\n" for i, v in enumerate(values)))
    return file


def scores(text: str) -> list[float]:
    return [float(line.split(",")[1]) for line in text.splitlines()[1:]]


def test_every_record_has_a_row_and_the_anomalies_are_announced_at_once(series):
    done = detect("--csv", series)
    assert done.returncode == 0 and done.stderr == ""
    rows = [line.split(",") for line in done.stdout.splitlines()]
    assert rows[0] == ["timestamp", "score"] and [r[0] for r in rows[1:]] == [stamp(i) for i in range(4032)]
    found = scores(done.stdout)
    assert all(0 <= s <= 1 for s in found)
    for at in (3000, 3600):
        assert max(found[at:at + 3]) >= 0.5
    assert sum(s >= 0.5 for s in found[1000:3000]) <= 12
    assert sum(s >= 0.5 for s in found[3600:3744]) <= 6


def test_standard_input_gives_the_same(series):
    assert detect("--csv", "-", given=series.read_text()).stdout == detect("--csv", series).stdout


def test_what_comes_later_changes_nothing(series):
    lines = series.read_text().splitlines(keepends=True)
    part = detect("--csv", "-", given="".join(lines[:3002])).stdout
    assert detect("--csv", series).stdout.startswith(part)


def test_explained_rows_say_what_was_expected(series):
    rows = [line.split(",") for line in detect("--csv", series, "--explain").stdout.splitlines()]
    assert rows[0] == ["timestamp", "score", "baseline", "deviation", "verdict"]
    spike = rows[3001]
    assert 30 < float(spike[2]) < 70 and float(spike[3]) > 5 and spike[4] == "jump up"
    assert rows[1][4] == "learning"


def test_labels_are_judged_on_standard_error(series, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text(f"start,end\n{stamp(2950)},{stamp(3050)}\n{stamp(3550)},{stamp(3750)}\n")
    done = detect("--csv", series, "--labels", labels)
    assert "windows 2, found 2" in done.stderr and "recall 1," in done.stderr
    assert detect("--csv", series, "--labels", labels, "--threshold", "1.1").stderr.startswith("windows 2, found 0, announcements 0")


def test_a_file_appears_whole(series, tmp_path):
    out = tmp_path / "scores.csv"
    done = detect("--csv", series, "--out", out)
    assert done.returncode == 0 and done.stdout == "" and out.read_text() == detect("--csv", series).stdout
    assert list(tmp_path.iterdir()) == [out]


HEAD = "timestamp,value\n"


@pytest.mark.parametrize("text, words", [
    ("", "a header is expected"),
    ("60,1\n", "line 1: a header is expected"),
    ("timestamp\n1\n", "line 1: a header with two columns"),
    (HEAD + "60,1\n120,many\n", "line 3: not a number"),
    (HEAD + "60,1\n\nthen,2\n", "line 4: not a timestamp"),
    (HEAD + "60\n", "line 2: fewer columns"),
    (HEAD + "60,inf\n", "line 2: not a number"),
    (HEAD + "60,1\x00\n", "line 2: not a number"),
    (HEAD + "60," + "1" * 5000 + "\n", "line 2: longer than 4096 bytes"),
])
def test_bad_input_names_its_line_and_leaves_the_file_alone(tmp_path, text, words):
    out = tmp_path / "scores.csv"
    out.write_text("as before")
    done = detect("--csv", "-", "--out", out, given=text)
    assert done.returncode == 1 and words in done.stderr and done.stderr.count("\n") == 1
    assert out.read_text() == "as before" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("rows", ["", "60,5\n", "60,5\n60,5\n60,6\n30,7\n", "60,\n120,nan\n180,4\n", "2026-11-19T10:00:00+02:00,4\r\n"])
def test_short_and_odd_series_pass(rows):
    done = detect("--csv", "-", given=HEAD + rows)
    assert done.returncode == 0 and scores(done.stdout) == [0.0] * rows.count("\n")


def test_files_that_are_not_there(tmp_path, series):
    assert "No such file" in detect("--csv", tmp_path / "none.csv").stderr
    assert detect("--csv", tmp_path / "none.csv").returncode == 1
    assert detect("--csv", series, "--labels", tmp_path / "none.csv").returncode == 1
    assert detect("--csv", series, "--out", tmp_path / "no" / "such.csv").returncode == 1
