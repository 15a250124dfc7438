"""A release: the record first, exactly once, and never a tag in the store."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import Table, func, select

from mynumber.codes.errors import ProtocolError
from mynumber.codes.group import Point
from mynumber.codes.parties.directory import Directory
from mynumber.codes.permit import layout, release, release_proof
from mynumber.codes.records import hidden, rows
from mynumber.codes.records.rows import Reading
from mynumber.codes.vectors.format import Run
from mynumber.exchange.running.node import Node
from mynumber.keeper import store
from mynumber.keeper.releasing import Keeper
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from mynumber.plumbing.errors import NotFinished
from tests.keeper import town
from tests.keeper.town import Institution, full_bundle, run

LAST = "op-2"
TABLES = (store.RELEASES, store.MEMBERS, store.COUNTERS, store.ROWS, store.HIDDEN, store.REFUSALS, store.COUNTS)
EVENTS = ("released", "refused")


def ask(keeper: Keeper, bundle: Json, peer: str = LAST) -> Json:
    return asyncio.run(keeper.release(peer, bundle))


def refused(keeper: Keeper, bundle: Json, peer: str = LAST) -> str:
    with pytest.raises(ProtocolError) as caught:
        ask(keeper, bundle, peer)
    return caught.value.code


def size(node: Node, table: Table) -> int:
    with node.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def sizes(node: Node) -> dict[str, int]:
    """Return the number of rows of every table of the keeper's own, and of its log."""
    found = {table.name: size(node, table) for table in TABLES}
    with node.store.reading() as connection:
        return {**found, "log": node.journal.size(connection)}


def enrol(keeper: Keeper, passage: Run) -> None:
    """Make the passage's persons known, as if enrolled before."""
    members = [
        release.member(keeper.h, domain, Point(tag)) for domain, tags in passage.enrolled.items() for tag in tags
    ]
    if members:
        keeper.node.store.write_now(lambda connection: store.enrol(connection, members))


def released(keeper: Keeper, name: str) -> tuple[Run, Json]:
    passage = run(name)
    enrol(keeper, passage)
    return passage, ask(keeper, full_bundle(passage))


def read(node: Node, tag: bytes, year: int) -> Reading:
    """Read as a person's reader does, who has the tag and a copy of the rows."""

    def lying(locator: bytes) -> list[bytes]:
        with node.store.reading() as connection:
            query = select(store.ROWS.c.sealed).where(store.ROWS.c.locator == locator)
            return [bytes(row.sealed) for row in connection.execute(query)]

    return rows.read_series(rows.open_series(tag, year), lying)


def members(value: Json) -> Mapping[str, Json]:
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("name", [each.name for each in town.world().runs if each.release is not None])
def test_every_passage_is_released_and_the_release_holds(keeper: Keeper, name: str) -> None:
    passage, answer = released(keeper, name)
    directory: Directory = keeper.node.view.directory
    got = members(answer)
    assert got["steps"] == town.as_json(passage.final_steps)
    assert got["message"] == town.as_json(passage.message)
    made = release_proof.open_release(got["release"], directory, permit=passage.permit_hash, count=len(passage.values))
    final = members(town.as_json(passage.final_steps[-1]))["legs"]
    assert isinstance(final, list)
    leg = layout.read_pairs(canonical.unb64(final[0]))
    assert len(release_proof.check_shares(made, directory, leg)) == len(passage.values)


def test_a_release_leaves_one_of_everything(keeper: Keeper) -> None:
    released(keeper, "single")
    found = sizes(keeper.node)
    assert (found["releases"], found["rows"], found["counters"], found["log"], found["counts"]) == (1, 1, 1, 1, 1)
    assert found["hidden"] == found["refusals"] == 0


def test_the_same_again_gets_the_same_bytes_and_leaves_nothing(keeper: Keeper) -> None:
    passage, first = released(keeper, "single")
    before = sizes(keeper.node)
    assert canonical.encode(ask(keeper, full_bundle(passage))) == canonical.encode(first)
    assert sizes(keeper.node) == before


def test_the_same_twice_at_once_is_released_once(keeper: Keeper) -> None:
    passage = run("single")
    enrol(keeper, passage)

    async def together() -> list[Json]:
        # A busy writer, so that all three are past K2 before the first is stored.
        busy = keeper.node.store.write(lambda _: time.sleep(0.5))
        *answers, _ = await asyncio.gather(*(keeper.release(LAST, full_bundle(passage)) for _ in range(3)), busy)
        return answers

    answers = asyncio.run(together())
    assert len({canonical.encode(answer) for answer in answers}) == 1
    assert (sizes(keeper.node)["rows"], sizes(keeper.node)["log"]) == (1, 1)


def test_a_second_permit_for_a_released_request_is_refused(keeper: Keeper) -> None:
    released(keeper, "single")
    with keeper.node.store.writing() as connection:
        connection.execute(store.RELEASES.update().values(permit=bytes(32)))
    assert refused(keeper, full_bundle(run("single"))) == "REPLAYED"
    assert sizes(keeper.node)["refusals"] == 0


def test_enrolment_lets_the_agency_ask_afterwards(keeper: Keeper) -> None:
    assert refused(keeper, full_bundle(run("batch"))) == "UNKNOWN_TAG"
    ask(keeper, full_bundle(run("enrol")))
    assert members(ask(keeper, full_bundle(run("single"))))["release"]
    found = sizes(keeper.node)
    assert (found["members"], found["rows"], found["releases"]) == (1, 1, 2)


def test_enrolling_somebody_again_changes_no_membership(keeper: Keeper) -> None:
    passage = run("enrol")
    domain = "record/ward-a/2"
    mine = release.member(keeper.h, domain, Point(passage.tags[0]))
    keeper.node.store.write_now(lambda connection: store.enrol(connection, [mine]))
    ask(keeper, full_bundle(passage))
    assert (sizes(keeper.node)["members"], sizes(keeper.node)["releases"]) == (1, 1)


def test_an_unknown_tag_is_refused_with_exactly_one_record(keeper: Keeper) -> None:
    bundle = full_bundle(run("batch"))
    assert [refused(keeper, bundle) for _ in range(3)] == ["UNKNOWN_TAG"] * 3
    found = sizes(keeper.node)
    assert (found["refusals"], found["log"], found["counts"]) == (1, 1, 1)
    assert found["releases"] == found["rows"] == found["counters"] == 0
    with keeper.node.store.reading() as connection:
        (counted,) = store.counts(connection, "2026-09")
    assert (counted.agency, counted.kind, counted.refused, counted.released) == ("ward-a", "exchange", 3, 0)


def test_what_was_refused_stays_refused_when_the_person_is_enrolled_later(keeper: Keeper) -> None:
    bundle = full_bundle(run("single"))
    assert refused(keeper, bundle) == "UNKNOWN_TAG"
    enrol(keeper, run("single"))
    assert refused(keeper, bundle) == "UNKNOWN_TAG"
    assert sizes(keeper.node)["refusals"] == 1


@pytest.mark.parametrize("peer", ["op-1", "ward-a", "keeper", "supervisor"])
def test_only_the_last_operator_may_ask(keeper: Keeper, peer: str) -> None:
    enrol(keeper, run("single"))
    before = sizes(keeper.node)
    assert refused(keeper, full_bundle(run("single")), peer) == "PERMIT_MISMATCH"
    assert sizes(keeper.node) == before


def altered(bundle: Json, lie: str) -> Json:
    """Return a bundle that nobody endorsed like this."""
    shape = dict(members(bundle))
    steps, message = shape["steps"], dict(members(shape["message"]))
    assert isinstance(steps, list)
    match lie:
        case "a step less":
            shape["steps"] = steps[:-1]
        case "a member more":
            shape["more"] = 1
        case "no message":
            shape["message"] = None
        case "another proof":
            message["proof"] = canonical.b64(bytes(64))
            shape["message"] = message
        case "a read":
            return full_bundle(run("read"))
        case _:
            return "not a bundle"
    return shape


@pytest.mark.parametrize(
    "lie", ["a step less", "a member more", "no message", "another proof", "a read", "not a bundle"]
)
def test_malformed_or_false_input_leaves_no_row(keeper: Keeper, lie: str) -> None:
    enrol(keeper, run("single"))
    before = sizes(keeper.node)
    refused(keeper, altered(full_bundle(run("single")), lie))
    assert sizes(keeper.node) == before


def test_an_expired_permit_leaves_no_row(place: Institution, node: Node, keeper: Keeper) -> None:
    late = replace(node, clock=replace(node.clock, offset_s=node.clock.offset_s + 700))
    enrol(keeper, run("single"))
    before = sizes(node)
    assert refused(Keeper(late, keeper.own, keeper.h), full_bundle(run("single"))) == "PERMIT_EXPIRED"
    assert sizes(node) == before


def test_the_person_finds_the_row_and_nobody_else(keeper: Keeper) -> None:
    passage, _ = released(keeper, "single")
    found = read(keeper.node, passage.tags[0], 2026)
    ((number, row),) = found.found
    assert (number, row.from_, row.to, row.kind, row.entry) == (0, "ward-a", "pension", "exchange", 0)
    assert (bytes(row.permit), row.issued) == (passage.permit_hash, passage.issued)
    assert list(row.items) == passage.members["items"]
    assert read(keeper.node, passage.tags[0], 2025).found == ()
    assert read(keeper.node, run("hidden").tags[0], 2026).found == ()


def test_rows_of_one_person_are_numbered_on(keeper: Keeper) -> None:
    first, _ = released(keeper, "single")
    second, _ = released(keeper, "cross-epoch")
    third, _ = released(keeper, "batch")
    assert first.tags[0] == second.tags[0] == third.tags[0]
    assert [number for number, _ in read(keeper.node, first.tags[0], 2026).found] == [0, 1, 2]
    assert [number for number, _ in read(keeper.node, third.tags[1], 2026).found] == [0]


def test_a_taken_locator_is_passed_over(keeper: Keeper) -> None:
    series = rows.open_series(run("single").tags[0], 2026)
    with keeper.node.store.writing() as connection:
        for taken in (0, 1):
            store.put_row(connection, series.locator(taken), year=2026, sealed=b"another")
    passage, _ = released(keeper, "single")
    found = read(keeper.node, passage.tags[0], 2026)
    assert ([number for number, _ in found.found], found.bad) == ([2], (0, 1))
    released(keeper, "cross-epoch")
    assert [number for number, _ in read(keeper.node, passage.tags[0], 2026).found] == [2, 3]


def test_a_hidden_row_is_for_the_supervisor_alone(keeper: Keeper) -> None:
    passage, _ = released(keeper, "hidden")
    assert read(keeper.node, passage.tags[0], 2026).found == ()
    found = sizes(keeper.node)
    assert (found["rows"], found["hidden"]) == (0, 1)
    with keeper.node.store.reading() as connection:
        ((permit, entry, sealed),) = store.hidden(connection)
        (counted,) = store.counts(connection, "2026-09")
    seed, row = hidden.open_hidden(town.world().supervisor.seal, sealed, permit=permit, entry=entry)
    assert (row.undisclosed, row.from_) == (passage.members["undisclosed"], "ward-a")
    assert seed == rows.hidden_series(passage.tags[0], 2026).seed
    assert (counted.released, counted.rows, counted.hidden) == (1, 0, 1)


def test_what_a_person_asks_is_recorded_as_his_own(keeper: Keeper) -> None:
    passage, _ = released(keeper, "self")
    ((_, row),) = read(keeper.node, passage.tags[0], 2026).found
    assert (row.kind, row.from_, row.undisclosed) == ("self", "portal", "")


def test_the_counts_say_what_was_written(keeper: Keeper) -> None:
    for name in ("enrol-batch", "batch", "hidden", "self"):
        released(keeper, name)
    with keeper.node.store.reading() as connection:
        counted = {(one.agency, one.kind): one for one in store.counts(connection, "2026-09")}
        assert store.counts(connection, "2026-08") == ()
    assert set(counted) == {("ward-a", "enrol"), ("ward-a", "exchange"), ("portal", "self")}
    asked = counted["ward-a", "exchange"]
    assert (asked.released, asked.rows, asked.hidden) == (4, 3, 1)
    assert (counted["ward-a", "enrol"].released, counted["ward-a", "enrol"].rows) == (2, 0)
    assert (counted["portal", "self"].released, counted["portal", "self"].rows) == (1, 1)


def test_no_tag_and_no_key_is_ever_written(keeper: Keeper, place: Institution) -> None:
    for name in ("enrol-batch", "batch", "hidden", "self"):
        released(keeper, name)
    tags = {tag for name in ("enrol-batch", "batch", "hidden", "self") for tag in run(name).tags}
    keys = {keeper.h, keeper.own.current.x, keeper.own.current.y, keeper.own.current.sign}
    searched, hits = town.found_in(place.folder, tags | keys)
    assert searched > 10_000
    assert hits == 0
    # The search sees what is there: request hashes are kept for ever.
    assert town.found_in(place.folder, [run("batch").request_hash])[1] == 1


def test_a_failing_log_takes_the_release_with_it(keeper: Keeper, node: Node) -> None:
    passage = run("single")
    enrol(keeper, passage)
    before = sizes(node)
    with node.store.writing() as connection:
        connection.exec_driver_sql("DROP TABLE log_nodes")
    with pytest.raises(NotFinished, match="cannot be written"):
        ask(keeper, full_bundle(passage))
    assert sizes(node) == before
