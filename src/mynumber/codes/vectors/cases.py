"""All cases of a vector file, none skipped: what this implementation does not know is a case that fails."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import TypeAlias

import msgspec

from mynumber.codes.errors import NAMES, ProtocolError
from mynumber.codes.vectors.calls import CALLS
from mynumber.codes.vectors.format import Negative, Positive, Run, World, read, read_file
from mynumber.codes.vectors.primitives import PRIMITIVES
from mynumber.codes.vectors.runs import check_run
from mynumber.codes.vectors.stage import Stage, open_stage
from mynumber.codes.vectors.things import THINGS
from mynumber.codes.vectors.verdict import Case, Mismatch, same

_ACCEPTED = "accepted"
_Opener: TypeAlias = Callable[[], Stage]
_WORLD = frozenset(field.encode_name for field in msgspec.structs.fields(World))


def all_cases(value: object) -> Iterator[Case]:
    """Yield every case of a file, or raise WrongUse if it is not one."""
    file = read_file(value)
    yield from _groups("primitives", file.primitives, PRIMITIVES)
    worlds = [read(members, World) for members in file.worlds]
    # A directory that does not load is a failure of every case that needs it, not of the runner.
    stages = [cache(partial(open_stage, world)) for world in worlds]
    for index, (world, stage) in enumerate(zip(worlds, stages, strict=True)):
        group = f"worlds[{index}]"
        yield Case(group, "hashes", _ACCEPTED, partial(_check_hashes, stage))
        for run in world.runs:
            yield Case(f"{group}.runs", run.name, _ACCEPTED, partial(_check_run, stage, run))
        listed = {name: members for name, members in file.worlds[index].items() if name not in _WORLD}
        yield from _groups(group, listed, {name: partial(_check_thing, stage, name) for name in THINGS})
    for positive in file.positive:
        yield Case("positive", positive.name, _ACCEPTED, partial(_check_positive, stages[0], positive))
    for negative in file.negative:
        yield Case("negative", negative.name, negative.error, partial(_check_negative, stages[0], negative))


def _groups(group: str, found: Mapping[str, object], checks: Mapping[str, Callable[[object], None]]) -> Iterator[Case]:
    """Yield a case for each object of each list; a list that should be there, or is not known, fails."""
    for name in sorted(found.keys() | checks.keys()):
        listed = found.get(name)
        if name not in checks or not isinstance(listed, list):
            yield Case(group, name, "a known list", partial(_fail_unknown, name))
            continue
        for index, one in enumerate(listed):
            yield Case(f"{group}.{name}", str(index), _ACCEPTED, partial(checks[name], one))


def _fail_unknown(name: str) -> None:
    raise Mismatch("a known list", name)


def _check_hashes(opener: _Opener) -> None:
    stage = opener()
    world = stage.world
    same(world.n, len(world.operators), "n")
    same(world.directory_hash, stage.directory.hash, "directory_hash")
    if world.next is not None:
        same(world.next_hash, stage.load(world.next, stage.directory, world.now).hash, "next_hash")
    same([*world.law_hashes], [stage.law(table).hash for table in world.laws], "law_hashes")


def _check_run(stage: _Opener, run: Run) -> None:
    check_run(stage(), run)


def _check_thing(stage: _Opener, name: str, thing: object) -> None:
    THINGS[name](stage(), thing)


def _check_positive(stage: _Opener, case: Positive) -> None:
    result = CALLS[case.call](stage(), case.args)
    if case.result is not None:
        same(case.result, result)


def _check_negative(stage: _Opener, case: Negative) -> None:
    opened = stage()
    if case.error not in NAMES:
        raise Mismatch("an error of section 13", case.error)
    try:
        CALLS[case.call](opened, case.args)
    except ProtocolError as problem:
        same(case.error, problem.code)
        return
    raise Mismatch(case.error, _ACCEPTED)
