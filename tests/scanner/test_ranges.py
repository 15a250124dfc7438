"""A large text searched in ranges by several processes gives the places that one process gives, each once."""

from pathlib import Path

import pytest

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.reading import ranges
from mynumber.scanner.scan import scan, scan_range

NUMBER = "123456789018"
HEADER = "氏名,個人番号,備考\n"
# The quotes hold ends of lines and delimiters: a range that begins in them must know it.
ROWS = "".join(f'"山田,\n太郎{row}",{NUMBER},"行\n{row}"\n' for row in range(3000))
LOG = "".join(f"受付 {row} 担当\n個人番号：\n{NUMBER} 済\n" for row in range(4000))


def places(results: list[Find | Unread]) -> list[tuple[int, int, str]]:
    assert not [one for one in results if isinstance(one, Unread)]
    finds = [one for one in results if isinstance(one, Find)]
    return sorted((one.location.line, one.location.column, one.confidence.name) for one in finds)


@pytest.mark.parametrize("text", [HEADER + ROWS, LOG])
@pytest.mark.parametrize("codec", ["utf-8", "cp932"])
def test_ranges_find_what_the_whole_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, codec: str
) -> None:
    file = tmp_path / "large.txt"
    file.write_bytes(text.encode(codec))
    monkeypatch.setattr(ranges, "SMALLEST", 1 << 13)
    pieces = ranges.ranges_of(str(file), 4)
    assert len(pieces) == 8
    found = [one for begin, end in pieces for one in scan_range(f"{begin} {end} {file}")]
    whole = places(list(scan([str(file)])))
    assert len(whole) in (3000, 4000)
    assert places(found) == whole


def test_a_file_in_ranges_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "large.txt"
    file.write_text(LOG, encoding="utf-8")
    monkeypatch.setattr(ranges, "SMALLEST", 1 << 13)
    told: list[int] = []
    found = list(scan([str(tmp_path)], jobs=2, done=told.append))
    assert len(found) == 4000
    assert told == [file.stat().st_size]


def test_what_is_no_plain_text_is_read_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "SMALLEST", 1 << 13)
    for name, content in (("wide", LOG.encode("utf-16")), ("marked", b"<p>" + LOG.encode()), ("line", b"x1 " * 30000)):
        (tmp_path / name).write_bytes(content)
        assert ranges.ranges_of(str(tmp_path / name), 4) == []
