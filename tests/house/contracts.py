"""The house as one table: which room stands on which floor, and who may never import whom.

Promises that import-linter gets a file that names exactly those rooms that exist under a source folder, so that the
same contracts hold from the first room to the last.

    python -m tests.house.contracts show    print the linter's file for the rooms that exist
    python -m tests.house.contracts lint    run the linter on it; 0 = all kept, 1 = a contract is broken

A room that is in no floor of the table breaks the first contract: a new folder needs a place before it needs code.
"""

import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
ROOT = "mynumber"

# From the roof to the pipes. A room may import from the floors below its own, never from its own floor or above.
FLOORS: dict[str, tuple[str, ...]] = {
    "doorstep": ("__main__",),
    "front door": ("cli",),
    "stage": ("world",),
    "institutions": ("register", "network", "keeper", "gateway", "portal", "oversight", "custody"),
    "instruments": ("card", "scanner"),
    "hallway": ("exchange", "acquisition"),
    "foundations": ("number", "law", "codes", "tlog", "pki"),
    "pipes": ("plumbing",),
}
ROOMS = tuple(room for floor in FLOORS.values() for room in floor)
FOUNDATIONS = FLOORS["foundations"]

# What a foundation may use of the pipes; a pipe that is not named here is closed to it.
PURE_PIPES = ("errors", "canonical")
OUTSIDE_WORLD = (
    *("sqlalchemy", "sqlite3", "psycopg"),
    *("socket", "ssl", "select", "selectors", "http", "aiohttp", "asyncio", "subprocess"),
    *("time", "secrets", "random", "uuid", "tempfile"),
)


@dataclass(frozen=True, slots=True)
class Never:
    """`sources` never import `forbidden`, not even through other modules; names are relative to mynumber."""

    name: str
    sources: tuple[str, ...]
    forbidden: tuple[str, ...]


NEVER = (
    Never(
        "Network, keeper and portal see no number and no resident",
        ("network", "keeper", "portal"),
        ("number", "acquisition", "card", "scanner"),
    ),
    Never("The exchange carries no number", ("exchange",), ("acquisition", "number")),
    Never("A code is never computed from a number", ("codes",), ("number",)),
    Never("A private business has no way into the network", ("custody",), ("codes", "exchange", "tlog")),
    Never("The supervisor cannot re-identify", ("oversight",), ("codes.convert", "codes.keys", "number")),
)

LAYERS = "Floors, and no room without a place"
CYCLES = "No cycles"
INDEPENDENT = "Foundations do not import each other"
PURE = "Foundations are handed clock, chance, wire and store"
PROTECTED = "Only network and the vector runner convert"
CONVERSION = "codes.convert"
CONVERTERS = ("network", "codes.vectors")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the linter said: its exit status and its text."""

    status: int
    text: str

    def broken(self) -> set[str]:
        """Return the names of the broken contracts."""
        lines = (line.strip() for line in self.text.splitlines())
        return {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}


def exists(source: Path, name: str) -> bool:
    """Tell whether room or module `name` (relative to mynumber) is there as a package or a file."""
    path = source.joinpath(ROOT, *name.split("."))
    return (path / "__init__.py").is_file() or path.with_suffix(".py").is_file()


def named_modules() -> set[str]:
    """Return every room, and every module inside a room, that a contract names."""
    inside = {name for rule in NEVER for name in (*rule.sources, *rule.forbidden)}
    return {*ROOMS, *inside, CONVERSION, *CONVERTERS}


def linter_file(source: Path) -> str:
    """Return import-linter's configuration for the rooms that exist in `source`."""
    present = [name for name in sorted(named_modules()) if exists(source, name)]
    sections = [f"[importlinter]\nroot_package = {ROOT}\ninclude_external_packages = True", _layers()]
    sections.append(_section(CYCLES, "acyclic_siblings", ancestors=[ROOT]))
    for rule in NEVER:
        sources = _within(present, rule.sources)
        forbidden = _within(present, rule.forbidden)
        if sources and forbidden:
            sections.append(_section(rule.name, "forbidden", source_modules=sources, forbidden_modules=forbidden))
    foundations = _within(present, FOUNDATIONS)
    if foundations:
        sections.append(_section(INDEPENDENT, "independence", modules=foundations))
        outside = [*OUTSIDE_WORLD, *_impure_pipes(source)]
        sections.append(_section(PURE, "forbidden", source_modules=foundations, forbidden_modules=outside))
    if CONVERSION in present:
        converters = _within(present, CONVERTERS)
        protected = _within(present, (CONVERSION,))
        sections.append(_section(PROTECTED, "protected", protected_modules=protected, allowed_importers=converters))
    return "\n\n".join(sections) + "\n"


def _layers() -> str:
    floors = [" | ".join(f"({room})" for room in floor) for floor in FLOORS.values()]
    return _section(LAYERS, "layers", containers=[ROOT], layers=floors, exhaustive=["True"])


def _section(name: str, kind: str, **options: list[str]) -> str:
    identifier = re.sub(r"[^a-z]+", "-", name.lower())
    lines = [f"[importlinter:contract:{identifier}]", f"name = {name}", f"type = {kind}"]
    for option, values in options.items():
        only = values[0] if len(values) == 1 else "".join(f"\n    {value}" for value in values)
        lines.append(f"{option} = {only}")
    return "\n".join(lines)


def _within(present: list[str], names: tuple[str, ...]) -> list[str]:
    return [f"{ROOT}.{name}" for name in names if name in present]


def _impure_pipes(source: Path) -> list[str]:
    found = {f"plumbing.{path.stem}" for path in (source / ROOT / "plumbing").glob("*") if path.stem not in PURE_PIPES}
    pipes = sorted(found - {"plumbing.__init__"})
    return [f"{ROOT}.{pipe}" for pipe in pipes if exists(source, pipe)]


def lint(source: Path = SOURCE) -> Verdict:
    """Run import-linter on the rooms in `source`, in a process of its own that imports from nowhere else."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "linter.ini")
        file.write_text(linter_file(source), encoding="utf-8")
        program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
        done = subprocess.run(
            [sys.executable, "-c", program, str(file), "--no-cache", "--no-logo"],
            env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    return Verdict(done.returncode, done.stdout + done.stderr)


def main(arguments: list[str]) -> int:
    """Do what the command line asks and return the exit status."""
    if arguments == ["show"]:
        sys.stdout.write(linter_file(SOURCE))
        return 0
    if arguments == ["lint"]:
        verdict = lint()
        sys.stdout.write(verdict.text)
        return verdict.status
    sys.stderr.write("usage: python -m tests.house.contracts show|lint\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
