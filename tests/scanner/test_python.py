"""Other programs ask the scanner by a few names."""

import subprocess
import sys
from pathlib import Path

import mynumber.scanner
from mynumber.scanner import Confidence, Find, Location, Unread, roster_of, scan
from tests.scanner.test_cli import NUMBER


def test_finds_and_what_was_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(f"個人番号 {NUMBER}", encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4\nbroken")
    find, unread = scan([str(tmp_path)])
    assert isinstance(find, Find)
    assert (find.confidence, find.digits, find.location) == (Confidence.LIKELY, NUMBER, Location(line=1, column=6))
    assert NUMBER not in repr(find)
    assert unread == Unread(f"{tmp_path}/b.pdf", "a broken PDF")
    (known,) = scan([str(tmp_path / "a.txt")], roster=roster_of(str(tmp_path / "a.txt")))
    assert isinstance(known, Find)
    assert known.confidence is Confidence.CERTAIN


def test_every_name_that_is_offered_is_there_and_says_what_it_does() -> None:
    offered = mynumber.scanner.__all__
    assert offered == sorted(offered)
    assert all(getattr(mynumber.scanner, name).__doc__ for name in offered)


def test_its_name_alone_loads_no_other_room_of_the_system() -> None:
    program = (
        "import sys, mynumber.scanner;"
        "rooms = {name.split('.')[1] for name in sys.modules if name.startswith('mynumber.')};"
        "print(*sorted(rooms))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(told.stdout.split()) <= {"scanner", "codes", "plumbing", "number"}
