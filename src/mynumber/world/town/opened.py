"""What a process has open: only files of its own folder, the program, and the system's."""

from pathlib import Path

from mynumber.world.town.layout import Town
from mynumber.world.town.processes import Listed


def files(pid: int) -> tuple[Path, ...]:
    """Return the paths that a process has open now."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(entry.readlink())
        except OSError:
            continue  # closed in between
    return tuple(found)


def foreign(town: Town, process: Listed) -> tuple[Path, ...]:
    """Return what a process has open inside the town but outside its own folder."""
    own = town.institution(process["name"]).folder
    return tuple(
        path for path in files(process["pid"]) if path.is_relative_to(town.folder) and not path.is_relative_to(own)
    )
