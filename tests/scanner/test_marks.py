"""What the quick ways tell of a text is what plain ones tell: words, digests, templates, labels, cells."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.scanner.finding.groups import Table
from mynumber.scanner.finding.marks import Marks, Runs
from mynumber.scanner.finding.nearby import NONE, Nearby
from mynumber.scanner.finding.repairs import scientific
from mynumber.scanner.finding.templates import Templates, template_keys
from mynumber.scanner.labels import nearest

WORDS = "1 12 1234 123456789 123456789018 a E +1 Order ab12cd34ef56 _ - / . é".split()
LABELS = "個人番号 マイナンバー MyNumber number 注文".split()
PIECES = st.lists(
    st.sampled_from([*WORDS, *LABELS, "kojin bango", "\n", " ", ",", '"', ": ", "x" * 30]), max_size=40
).map("".join)


def runs_by(pattern: bytes, least: int, raw: bytes) -> list[tuple[int, int]]:
    return [one.span() for one in re.finditer(pattern, raw) if len(one[0]) >= least]


def told(runs: Runs) -> list[tuple[int, int]]:
    assert (runs.end - runs.start == runs.length).all()
    return list(zip(runs.start.tolist(), runs.end.tolist(), strict=True))


@given(PIECES)
def test_runs_are_those_of_a_pattern(text: str) -> None:
    raw = text.encode()
    marks = Marks(raw)
    assert told(marks.runs) == runs_by(rb"[0-9]+", 1, raw)
    assert told(marks.words) == runs_by(rb"[0-9A-Za-z_\x80-\xff]+", 12, raw)
    assert told(marks.digests) == runs_by(rb"[0-9A-Za-z_/+-]+", 22, raw)


def template(raw: bytes, place: int) -> bytes:
    """Return the last word that begins before a place, with what follows, in its line, of 24 bytes at most."""
    line = raw[:place].rpartition(b"\n")[2]
    begins = [one.start() for one in re.finditer(rb"[0-9A-Za-z_\x80-\xff]+", line)]
    left = line[begins[-1] if begins else 0 :][-24:]
    return re.sub(rb"[0-9]", b"0", left.lower())


@given(PIECES, st.integers(0, 3))
def test_one_key_for_one_template(text: str, repeated: int) -> None:
    raw = (text * (1 + repeated)).encode()
    places = np.array([one.start() for one in re.finditer(rb"[0-9]+", raw)], np.int64)
    marks = Marks(raw)
    memory = Templates()
    memory.keys(marks, places[::2])
    keys = memory.keys(marks, places)
    assert keys.tolist() == template_keys(marks, places).tolist()
    templates = [template(raw, place) for place in places.tolist()]
    pairs = set(zip(keys.tolist(), templates, strict=True))
    assert len(pairs) == len(set(keys.tolist())) == len(set(templates))


@pytest.mark.parametrize("between", range(40))
def test_a_template_reaches_24_bytes_back(between: int) -> None:
    line = f"{'-' * between}1{';' * 40}\n"
    raw = f"a{line}b{line}".encode()
    templates, marks = Templates(), Marks(raw)
    one, other = (templates.keys(marks, np.array([place + between])).item() for place in (1, len(line) + 2))
    assert (one == other) is (between >= 24)


@given(PIECES)
def test_a_cell_ends_at_delimiters_and_lines_outside_of_quotes(text: str) -> None:
    raw = text.encode()
    wanted, begin, column, quoted = [], 0, 0, False
    for place, letter in enumerate(raw):
        wanted.append((place - begin, column))
        quoted ^= letter == ord('"')
        if letter in b",\n" and not quoted:
            begin, column = place + 1, 0 if letter == ord("\n") else column + 1
    before, columns = Table(Marks(raw), ord(","), quoted=False).cells(np.arange(len(raw)))
    assert list(zip(before.tolist(), columns.tolist(), strict=True)) == wanted


@given(PIECES)
def test_labels_of_my_numbers_are_those_that_are_nearest(text: str) -> None:
    raw = text.encode()
    marks, nearby = Marks(raw), Nearby()
    places = np.array([one.start() for one in re.finditer(rb"[0-9]+", raw)], np.int64)
    for place, which in zip(places.tolist(), nearby.of(marks, places).tolist(), strict=True):
        wanted = nearest(raw[max(0, place - marks.LEFT) : place].decode("utf-8", "ignore"))
        if wanted is not None and wanted.my_number:
            assert which != NONE
            assert nearby.labels[which] is wanted


@given(st.lists(st.sampled_from(["2.345678", "90123", "E+1", "e1", "0", "1"]), max_size=12))
def test_powers_of_ten_are_those_of_the_pattern(pieces: list[str]) -> None:
    raw = "".join(pieces).encode()
    pattern = rb"(?<![0-9.])[1-9]\.(?:[0-9]{6,11}[Ee]\+?11|[0-9]{6,10}[Ee]\+?10)(?![0-9])"
    assert set(scientific(Marks(raw)).start.tolist()) == {one.start() for one in re.finditer(pattern, raw)}
