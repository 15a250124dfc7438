"""Locks are complete and name no address, no paper names a package registry, links lead somewhere."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tests.house.papers import TOP, texts, under

# In pieces, so that this file does not find itself.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("pypi", "python", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
        ("repo", "maven", "apache", "org"),
        ("conda", "anaconda", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("docker", "io"),
        ("ghcr", "io"),
    )
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+==[^\s\\]+(?: ; [^\\]+)? ?\\?")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}(?: \\)?")
MOST_LINES_OF_A_SPEC = 250


def faults_of_lock(text: str) -> list[str]:
    """Return what is wrong with a lock: a line that is neither requirement nor hash, a requirement without hash."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    faults = [line for line in lines if not REQUIREMENT.fullmatch(line) and not HASH.fullmatch(line)]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if REQUIREMENT.fullmatch(line) and not HASH.fullmatch(following):
            faults.append(f"no hash: {line}")
    return faults + [line for line in text.splitlines() if "://" in line]


def registries(text: str) -> list[str]:
    """Return the package registries whose host name the text holds."""
    return [host for host in REGISTRIES if re.search(rf"(?<![\w-]){re.escape(host)}(?!\w)", text, re.IGNORECASE)]


def dead_links(page: Path, text: str) -> list[str]:
    """Return the relative links of a page that lead to no file; what stands between backquotes is no link."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = [target.partition("#")[0] for target in LINK.findall(prose)]
    return [target for target in targets if target and ":" not in target and not (page.parent / target).exists()]


@pytest.mark.parametrize("lock", sorted((TOP / "requirements").glob("*.txt")), ids=lambda lock: lock.stem)
def test_a_lock_holds_a_hash_for_everything_and_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert faults_of_lock(text) == []
    assert REQUIREMENT.search(text), "an empty lock"


def test_the_lock_of_the_crates_holds_a_hash_for_everything_and_no_address() -> None:
    text = (TOP / "accelerator" / "crates.lock").read_text(encoding="utf-8")
    packages = tomllib.loads(text)["package"]
    assert [one["name"] for one in packages if "checksum" not in one] == ["mynumber_ristretto"]
    assert len(packages) > 1
    assert not [one for one in packages if "source" in one]
    assert "://" not in text


HASHED = "click==8.2.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"


@pytest.mark.parametrize(
    "text",
    [
        HASHED + "rich==14.0.0\n",
        "rich==14.0.0 \\\n" + HASHED,
        HASHED + "rich>=14\n",
        HASHED + "rich @ file://rich.whl\n",
        "--index-url https://example.test/simple\n" + HASHED,
        "# from https://example.test\n" + HASHED,
        "-r other.txt\n" + HASHED,
    ],
)
def test_a_planted_fault_of_a_lock_is_caught(text: str) -> None:
    assert faults_of_lock(text) != []


def test_a_complete_lock_passes() -> None:
    assert faults_of_lock("# a comment\n" + HASHED + HASHED.replace(" \\", ' ; python_version < "3.12" \\', 1)) == []


def test_no_text_names_a_package_registry() -> None:
    named = {str(path): registries(text) for path, text in texts()}
    assert {path: hosts for path, hosts in named.items() if hosts} == {}


@pytest.mark.parametrize("host", REGISTRIES)
def test_a_planted_registry_is_caught(host: str) -> None:
    assert host in registries(f"see https://files.{host.upper()}/simple")
    assert host in registries(f"registry+https://example.test/{host}-index")


def test_relative_links_lead_to_files() -> None:
    dead = {str(path): dead_links(TOP / path, text) for path, text in texts() if path.suffix == ".md"}
    assert {path: links for path, links in dead.items() if links} == {}


def test_a_planted_dead_link_is_caught() -> None:
    text = "[a](nowhere.md) [b](README.md#top) [c](#here) [d](https://example.test) `[e](code.md)`"
    assert dead_links(TOP / "page.md", text) == ["nowhere.md"]


def test_a_page_of_the_specification_is_short() -> None:
    lengths = {str(path): len(text.splitlines()) for path, text in under("docs") if path.parts[1] == "spec"}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES_OF_A_SPEC} == {}


def declared() -> set[str]:
    """Return the packages that pyproject.toml asks for, in any list."""
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))
    lists: list[list[str]] = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    return {re.split(r"[<>=!~;\[ ]", wanted)[0] for wanted in chain.from_iterable(lists)}


def test_every_dependency_has_its_reason_on_paper() -> None:
    page = (TOP / "docs" / "decisions" / "dependencies.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split(" | ") for line in page.splitlines() if line.startswith("| ")]
    reasons = {row[0].strip(): row for row in rows if row[0].strip() != "package"}
    assert set(reasons) == declared()
    assert all(len(row) == 5 and all(cell.strip() for cell in row) for row in reasons.values())
