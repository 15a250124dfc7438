"""The small things: blobs, rows, outcomes, answers, forms, rotation (PROTOCOL.md sections 10 to 12).

As a call (`CALLS`) a thing is opened; as a member of a world (`THINGS`) it must also come out when it is made.
"""

from collections.abc import Callable, Mapping

from mynumber.codes import at_rest, wire
from mynumber.codes.permit import answers
from mynumber.codes.records import forms, hidden, rows
from mynumber.codes.vectors.format import Hex, Part, read
from mynumber.codes.vectors.stage import Stage
from mynumber.codes.vectors.verdict import same
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json


class _Unwrap(Part, frozen=True):
    key: Hex
    agency: str
    epoch: int
    blob: Hex


class _Wrapped(_Unwrap, frozen=True):
    code: Hex


class _Rotate(Part, frozen=True):
    agency: str
    old: int
    new: int
    deltas: tuple[Hex, ...]
    code: Hex


class _Rotation(_Rotate, frozen=True):
    out: Hex


class _OpenRow(Part, frozen=True):
    tag: Hex
    year: int
    index: int
    hidden: bool
    sealed: Hex


class _Row(_OpenRow, frozen=True):
    members: object
    locator: Hex


class _Reading(Part, frozen=True):
    name: str
    tag: Hex
    year: int
    rows: tuple[tuple[Hex, Hex], ...]
    found: tuple[tuple[bool, int], ...]
    missing: tuple[tuple[bool, int], ...]
    next: int
    next_hidden: int


class _OpenHidden(Part, frozen=True):
    secret: Hex
    permit: Hex
    entry: int
    sealed: Hex


class _Hidden(_OpenHidden, frozen=True):
    seed: Hex
    members: object


class _OpenOutcome(Part, frozen=True):
    permit: Hex
    sealed: Hex


class _Outcome(_OpenOutcome, frozen=True):
    jws: object
    locator: Hex


class _OpenAnswer(Part, frozen=True):
    provider: str
    count: int
    permit: Hex
    answer: object
    sealed: Hex
    reply_secret: Hex


class _Answer(_OpenAnswer, frozen=True):
    results: object


class _OpenForm(Part, frozen=True):
    typ: str
    jws: object
    kid: str


class _Form(_OpenForm, frozen=True):
    members: object


def _unwrap(_: Stage, args: object) -> str:
    given = read(args, _Unwrap)
    return at_rest.unwrap(given.key, given.agency, given.epoch, given.blob).hex()


def _rotate(stage: Stage, args: object) -> str:
    given = read(args, _Rotate)
    product = at_rest.rotation(stage.directory, given.agency, old=given.old, new=given.new, deltas=given.deltas)
    return at_rest.carry(product, given.code).hex()


def _open_row(_: Stage, args: object) -> Json:
    given = read(args, _OpenRow)
    return as_json(rows.open_row(_series(given), given.index, given.sealed))


def _series(given: _OpenRow) -> rows.Series:
    return (rows.hidden_series if given.hidden else rows.open_series)(given.tag, given.year)


def _open_hidden(_: Stage, args: object) -> Json:
    given = read(args, _OpenHidden)
    return as_json(hidden.open_hidden(given.secret, given.sealed, permit=given.permit, entry=given.entry)[1])


def _open_outcome(_: Stage, args: object) -> Json:
    given = read(args, _OpenOutcome)
    return hidden.open_outcome(given.permit, given.sealed)


def _open_answer(stage: Stage, args: object) -> Json:
    given = read(args, _OpenAnswer)
    provider = stage.directory.signer(given.provider)
    asked = answers.Asked(stage.world.network, given.permit, provider, given.count, given.reply_secret)
    return [result.plain() for result in answers.open_answer(given.answer, given.sealed, asked)]


def _open_form(stage: Stage, args: object) -> Json:
    given = read(args, _OpenForm)
    form = forms.open_named(given.typ, given.jws, stage.directory.signer(given.kid), stage.world.network)
    return as_json(form)


def as_json(value: object) -> Json:
    """Return a Struct as JSON that can be compared with the file's."""
    return canonical.decode(canonical.encode(wire.plain(value)))


def _check_wrap(stage: Stage, value: object) -> None:
    given = read(value, _Wrapped)
    same(given.blob, at_rest.wrap(given.key, given.agency, given.epoch, given.code), "blob")
    same(given.code.hex(), _unwrap(stage, value), "and back")


def _check_rotation(stage: Stage, value: object) -> None:
    same(read(value, _Rotation).out.hex(), _rotate(stage, value))


def _check_row(stage: Stage, value: object) -> None:
    given = read(value, _Row)
    row = wire.read(given.members, rows.Row)
    same((given.locator, given.sealed), rows.seal_row(_series(given), given.index, row), "sealed")
    same(given.members, _open_row(stage, value), "and back")


def _check_reading(_: Stage, value: object) -> None:
    given = read(value, _Reading)
    blobs: dict[bytes, list[bytes]] = {}
    for locator, sealed in given.rows:
        blobs.setdefault(bytes(locator), []).append(sealed)
    both = (rows.open_series(given.tag, given.year), rows.hidden_series(given.tag, given.year))
    readings = [(series, rows.read_series(series, lambda locator: blobs.get(locator, []))) for series in both]
    same([*given.found], [(series.hidden, index) for series, one in readings for index, _ in one.found], "found")
    same([*given.missing], [(series.hidden, index) for series, one in readings for index in one.missing], "missing")
    same([given.next, given.next_hidden], [rows.next_number(series, 0, blobs.__contains__) for series in both], "next")


def _check_hidden(stage: Stage, value: object) -> None:
    given = read(value, _Hidden)
    seed, row = hidden.open_hidden(given.secret, given.sealed, permit=given.permit, entry=given.entry)
    same((given.seed, given.members), (seed, as_json(row)))
    # HPKE is random: what is sealed again must open to the same.
    seal_key = stage.directory.body.supervisor.seal
    again = hidden.seal_hidden(seal_key, rows.disclosed_series(seed), row, given.permit)
    opened = hidden.open_hidden(stage.world.supervisor.seal, again, permit=given.permit, entry=given.entry)
    same((seed, row), opened, "sealed again")


def _check_outcome(stage: Stage, value: object) -> None:
    given = read(value, _Outcome)
    jws = canonical.decode(canonical.encode(given.jws))
    same((given.locator, given.sealed), hidden.seal_outcome(given.permit, jws), "sealed")
    same(given.jws, _open_outcome(stage, value), "and back")


def _check_answer(stage: Stage, value: object) -> None:
    same(read(value, _Answer).results, _open_answer(stage, value))


def _check_form(stage: Stage, value: object) -> None:
    same(read(value, _Form).members, _open_form(stage, value))


CALLS: Mapping[str, Callable[[Stage, object], object]] = {
    "unwrap": _unwrap,
    "rotate": _rotate,
    "open_row": _open_row,
    "open_hidden": _open_hidden,
    "open_outcome": _open_outcome,
    "open_answer": _open_answer,
    "open_form": _open_form,
}
THINGS: Mapping[str, Callable[[Stage, object], None]] = {
    "rotation": _check_rotation,
    "wrap": _check_wrap,
    "answers": _check_answer,
    "rows": _check_row,
    "reading": _check_reading,
    "hidden": _check_hidden,
    "outcomes": _check_outcome,
    "forms": _check_form,
}
