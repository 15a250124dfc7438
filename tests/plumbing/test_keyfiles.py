"""A secret file is whole or not there, is never replaced, and is refused when others may read it."""

import os
from pathlib import Path

import pytest

from mynumber.plumbing import keyfiles
from mynumber.plumbing.errors import WrongUse


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "sign.key"
    keyfiles.write_secret(path, b"secret")
    assert keyfiles.read_secret(path) == b"secret"
    assert [each.name for each in path.parent.iterdir()] == ["sign.key"]
    assert (path.parent.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_secret_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "sign.key"
    keyfiles.write_secret(path, b"first")
    with pytest.raises(FileExistsError):
        keyfiles.write_secret(path, b"second")
    assert path.read_bytes() == b"first"
    assert [each.name for each in tmp_path.iterdir()] == ["sign.key"]


def test_what_a_death_while_writing_left_is_no_secret_and_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "wrap.next.key"
    path.with_name("wrap.next.key.new").write_bytes(b"half")
    assert not path.exists()
    keyfiles.write_secret(path, b"whole")
    assert path.read_bytes() == b"whole"


def test_the_name_comes_when_the_bytes_are_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / "sign.key", []
    sync = os.fsync

    def watched(descriptor: int) -> None:
        seen.append(path.exists())
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", watched)
    keyfiles.write_secret(path, b"secret")
    assert seen == [False, True]


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sign.key"
    keyfiles.write_secret(path, b"secret")
    path.chmod(0o640)
    with pytest.raises(WrongUse):
        keyfiles.read_secret(path)
