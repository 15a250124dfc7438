"""The text files of the repository, as the house rules for papers read them."""

from functools import cache
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
# What tools make; nothing in it is ours.
_MADE = {"__pycache__", "dist", "build", ".venv", ".git", "Cargo.lock"}
_KEPT = {".ci", ".github", ".gitignore"}


@cache
def texts() -> tuple[tuple[Path, str], ...]:
    """Return every text file with its content, paths relative to the top; what is not UTF-8 is no text."""
    found = []
    for path in sorted(_files(TOP)):
        try:
            found.append((path.relative_to(TOP), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return tuple(found)


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for path in folder.iterdir():
        if path.name in _MADE or path.name.endswith(".egg-info"):
            continue
        if path.name.startswith(".") and path.name not in _KEPT:
            continue
        found += _files(path) if path.is_dir() else [path]
    return found


def under(*folders: str) -> list[tuple[Path, str]]:
    """Return the text files below the named top folders."""
    return [(path, text) for path, text in texts() if path.parts[0] in folders]
