"""The wiretap: every byte of a told town searched for everything that stands for a person in it.

  1. Collect the needles: what the town knows of people, and what stands for them in the network.
  2. Search every party's files, the values of its stores, and what passed through it.
  3. Search what was captured of all connections: nothing may be readable there, and all of it must be TLS.
  4. Plant each form of a needle of each kind in every kind of haystack and find it.
  5. Compare with the list of who may hold what (rights.py), from both sides.

A town that was not told with its taps open has nothing of what passed; that is said (`not_searched`), not hidden, and a
search that lacks something is no pass, whatever it found (`complete`).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mynumber.plumbing import tap
from mynumber.plumbing.errors import WrongUse
from mynumber.world.search import haystack, needles, streams, symbols
from mynumber.world.search.haystack import Piece
from mynumber.world.search.search import Search
from mynumber.world.town import capture
from mynumber.world.town.layout import Institution, Town
from mynumber.world.wiretap import planting, rights
from mynumber.world.wiretap.planting import Planted
from mynumber.world.wiretap.rights import PASSED, Found

WIRE = "wire"
_TLS_HANDSHAKE = b"\x16\x03"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Searched:
    """How many bytes of a place were searched."""

    institution: str
    place: str
    bytes: int


@dataclass(slots=True)
class Report:
    """What was searched and what was found; no value of anybody stands in it."""

    needles: int
    forms: int
    left_out: dict[str, int]
    searched: list[Searched] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    not_searched: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def bytes(self) -> int:
        """How many bytes were searched."""
        return sum(each.bytes for each in self.searched)

    @property
    def unseen(self) -> list[Planted]:
        """Where the search is blind."""
        return [each for each in self.planted if not 0 < each.planted == each.found]

    @property
    def holds(self) -> bool:
        """Where it searched, nothing was found that must not be, what must be was, and so was everything planted."""
        return bool(self.bytes and self.needles and self.planted) and not (
            self.forbidden or self.lacking or self.unseen
        )

    @property
    def complete(self) -> bool:
        """Whether every place was searched."""
        return not self.not_searched


def search(town: Town, scratch: Path, progress: Progress, *, until: int | None = None) -> Report:
    """Search a town after its story; `scratch` is an empty folder for what is planted.

    What passed after `until` (unix nanoseconds) is left out, if somebody attacked the town since.
    """
    if not (town.folder / "town" / "people.jsonl").is_file():
        raise WrongUse("NO_STORY", "this town has not told its story", hint="mynumber demo --dir DIR")
    # (1) Needles.
    progress("collecting what to look for", 0, 0)
    looked_for = Search({*needles.of_town(town), *symbols.of_town(town)})
    left_out = Counter(needle.kind for needle, _ in looked_for.left_out)
    report = Report(len(looked_for.needles), len(looked_for.patterns), dict(left_out))
    begun = time.monotonic()
    # (2) Parties.
    for done, institution in enumerate(town.institutions):
        progress(institution.name, done, len(town.institutions) + 2)
        offices = [each.name for each in town.offices]
        _search_party(looked_for, institution, report, offices=offices, until=until)
    # (3) Connections.
    progress("connections", len(town.institutions), len(town.institutions) + 2)
    _search_wire(looked_for, town, report)
    report.seconds = round(time.monotonic() - begun, 1)
    # (4) Plants.
    progress("planting", len(town.institutions) + 1, len(town.institutions) + 2)
    report.planted += planting.try_all(looked_for, scratch, wire=capture.possible())
    # (5) Rights.
    report.forbidden += [each.told for each in rights.forbidden(report.found)]
    places = {each.place for each in report.searched}
    report.lacking += rights.lacking(report.found, places)
    report.not_searched += [place for place in (PASSED, WIRE) if place not in places]
    return report


def pieces(folder: Path, until: int | None = None) -> Iterator[Piece]:
    """Return all files of an institution, all values of its stores, and, message by message, what passed through it."""
    yield from (piece for piece in haystack.files(folder) if not piece.where.startswith(tap.FOLDER))
    for store in sorted(folder.glob("*.db")):
        yield from haystack.columns(store)
    yield from haystack.tapped(folder, until)


def _search_party(
    looked_for: Search, institution: Institution, report: Report, *, offices: Sequence[str], until: int | None
) -> None:
    sizes: Counter[str] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    for piece in pieces(institution.folder, until):
        place = rights.place_of(piece.where)
        sizes[place] += len(piece.data)
        for hit in looked_for.scan(piece.data):
            kinds[place, rights.kind_for(hit.kind, institution.name, offices)] += 1
    report.searched += [Searched(institution.name, place, size) for place, size in sorted(sizes.items())]
    report.found += [
        Found(institution.name, institution.role, place, kind, count) for (place, kind), count in sorted(kinds.items())
    ]


def _search_wire(looked_for: Search, town: Town, report: Report) -> None:
    if not town.wire.is_file():
        return
    size, kinds, heard = 0, Counter[str](), set[int]()
    for stream in streams.read(town.wire):
        data = stream.data()
        size += len(data)
        heard.add(stream.target)
        kinds.update(hit.kind for hit in looked_for.scan(data))
        if data and not data.startswith(_TLS_HANDSHAKE):
            report.forbidden.append(f"wire: a connection to port {stream.target} that is no TLS")
    report.searched.append(Searched("all", WIRE, size))
    report.found += [Found("all", WIRE, WIRE, kind, count) for kind, count in sorted(kinds.items())]
    silent = [each.name for each in town.institutions if not heard & set(each.ports)]
    report.lacking += [f"wire: nothing captured of {name}" for name in silent]
