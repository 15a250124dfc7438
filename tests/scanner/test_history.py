"""All versions in a repository are searched, each once: deleted ones, those of branches, and what a merge brought."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.scan import path_of_blob, scan_history
from mynumber.scanner.workers import Workers
from tests.scanner.test_cli import NUMBER
from tests.scanner.test_cli import scan as command

OTHER = "987654321093"
WHO = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a"}


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    environment = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": "/dev/null"}
    called = subprocess.run(["git", "-C", folder, *arguments], env=environment, capture_output=True, check=check)
    return called.stdout.decode().strip()


def commit(folder: Path, name: str, text: str | None) -> str:
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "a.txt", "nothing")
    return folder


def found(folder: Path, jobs: int = 1) -> list[tuple[str, str, str]]:
    results = list(scan_history([str(folder)], jobs=jobs))
    assert [one.why for one in results if isinstance(one, Unread)] == []
    return [(one.path, one.location.commit, one.digits) for one in results if isinstance(one, Find)]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_deleted_is_found_where_it_was_brought(repository: Path, jobs: int) -> None:
    first = commit(repository, "職員 名簿/番号\t一覧.txt", f"個人番号 {NUMBER}\n")
    commit(repository, "職員 名簿/番号\t一覧.txt", None)
    assert command(str(repository)).returncode == 0
    assert found(repository, jobs) == [("職員 名簿/番号\t一覧.txt", first, NUMBER)]


def test_one_content_is_one_find_wherever_it_lies(repository: Path) -> None:
    first = commit(repository, "b.txt", f"個人番号 {NUMBER}\n")
    commit(repository, "c.txt", f"個人番号 {NUMBER}\n")
    commit(repository, "b.txt", "changed")
    commit(repository, "b.txt", f"個人番号 {NUMBER}\n")
    assert found(repository) == [("b.txt", first, NUMBER)]


def test_branches_and_tags_are_searched(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    side = commit(repository, "side.txt", f"個人番号 {NUMBER}\n")
    git(repository, "tag", "kept")
    git(repository, "checkout", "-q", "main")
    git(repository, "branch", "-q", "-D", "side")
    assert found(repository) == [("side.txt", side, NUMBER)]


def test_what_was_written_while_a_conflict_was_solved_is_found(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "side")
    commit(repository, "a.txt", "theirs")
    git(repository, "checkout", "-q", "main")
    commit(repository, "a.txt", "ours")
    git(repository, "merge", "-q", "side", check=False)
    merge = commit(repository, "a.txt", f"個人番号 {NUMBER}\n")
    assert len(git(repository, "rev-list", "--parents", "-1", merge).split()) == 3
    commit(repository, "a.txt", "clean again")
    assert found(repository) == [("a.txt", merge, NUMBER)]


def test_a_blob_that_only_a_tag_names_is_found(repository: Path) -> None:
    blob = subprocess.run(
        ["git", "-C", repository, "hash-object", "-w", "--stdin"],
        input=f"個人番号 {NUMBER}".encode(),
        capture_output=True,
        check=True,
    )
    git(repository, "tag", "odd", blob.stdout.decode().strip())
    (one,) = found(repository)
    assert one[1:] == ("", NUMBER)


def test_large_and_unread_contents_leave_the_next_ones_whole(repository: Path) -> None:
    commit(repository, "a.pdf", "%PDF-1.4\nbroken" + "x" * 300_000)
    commit(repository, "b.txt", "x\n" * 200_000 + f"個人番号 {NUMBER}\n")
    commit(repository, "c.txt", f"個人番号 {OTHER}")
    results = list(scan_history([str(repository)]))
    assert sorted(one.digits for one in results if isinstance(one, Find)) == sorted([NUMBER, OTHER])
    (why,) = [one.why for one in results if isinstance(one, Unread)]
    assert why.startswith("a broken PDF (commit ")


def test_missing_objects_are_told(repository: Path) -> None:
    commit(repository, "b.txt", f"個人番号 {NUMBER}\n")
    name = git(repository, "rev-parse", "HEAD:b.txt")
    (repository / ".git/objects" / name[:2] / name[2:]).unlink()
    results = list(scan_history([str(repository)]))
    assert [one for one in results if isinstance(one, Find)] == []
    assert [one for one in results if isinstance(one, Unread)] != []


def test_the_command_says_path_and_commit(repository: Path) -> None:
    first = commit(repository, "b.txt", f"\n個人番号 {NUMBER}\n")
    told = command(str(repository), "--git", "--format", "json")
    find, summary = [json.loads(line) for line in told.stdout.splitlines()]
    assert (find["path"], find["location"]) == ("b.txt", {"line": 2, "column": 6, "commit": first})
    assert (told.returncode, summary["files"], summary["persons"]) == (1, 2, 1)
    assert f"b.txt:2:6 in commit {first[:12]}" in command(str(repository), "--git").stdout.decode()


def test_no_repository_and_no_git_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = command(str(tmp_path), "--git", "--format", "json")
    assert (told.returncode, json.loads(told.stdout)["error"]["code"]) == (2, "SCAN_GIT")
    monkeypatch.setenv("PATH", "/nowhere")
    told = command(str(tmp_path), "--git", "--format", "json")
    assert "not installed" in json.loads(told.stdout)["error"]["message"]
    assert command("-", "--git").returncode == 2


@pytest.mark.parametrize("depth", [1, 9])
def test_a_shallow_clone_is_told(repository: Path, tmp_path: Path, depth: int) -> None:
    commit(repository, "a.txt", "nothing")
    commit(repository, "a.txt", "nothing more")
    commits = int(git(repository, "rev-list", "--count", "HEAD"))
    git(tmp_path, "clone", "-q", "--depth", str(depth), f"file://{repository}", str(tmp_path / "shallow"))
    told = [one.why for one in scan_history([str(tmp_path / "shallow")]) if isinstance(one, Unread)]
    assert bool(told) is (depth < commits)
    assert all("shallow" in one for one in told)


def test_a_blob_whose_reader_dies_is_told_by_its_path(repository: Path) -> None:
    blobs = iter(["0123abcd 12 4567ef some folder/a b.txt"])
    (one,) = Workers(1).results(blobs, _dying, lambda _blob: None, path_of=path_of_blob)
    assert isinstance(one, Unread)
    assert (one.path, one.why) == ("some folder/a b.txt", "the reader of this kind of file crashed")


def _dying(blob: str) -> Iterator[Find | Unread]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield Unread(blob, "not dead")
