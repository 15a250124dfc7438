"""Law tables are announced in time and change only with the law or its roles; states are fresh and never older."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest

from mynumber.codes import law_table
from mynumber.codes.errors import ProtocolError
from mynumber.codes.law_table import LawTables, Question
from mynumber.exchange.running.node import Node
from mynumber.exchange.view import state as states
from mynumber.exchange.view.state import Block, State
from mynumber.law.statute import current
from mynumber.oversight import publishing, store
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import WrongUse
from tests.keeper import town
from tests.keeper.town import Institution

SUPERVISOR = ("supervisor", town.world().signing["supervisor"])
FIRST = 1789913600
STOP = Block(party="ward-a", procedure="", item="", article="Art.28(6)", reason="not published")


def published(node: Node, settings: OversightConfig, held: LawTables, now: int) -> LawTables:
    """Sign what is due and return the tables as a receiver holds them then."""
    body = publishing.due_table(settings, held, now=now, first=FIRST)
    assert body is not None
    signer = node.view.directory.signer("supervisor")
    return LawTables.of([*held.tables, law_table.load_law(law_table.sign_law(body, SUPERVISOR), "demo", signer)])


def changed(settings: OversightConfig) -> OversightConfig:
    return msgspec.structs.replace(settings, roles={**settings.roles, "jps": ()})


def test_the_first_table_begins_with_the_directory_and_says_what_the_law_says(
    node: Node, settings: OversightConfig
) -> None:
    held = published(node, settings, LawTables.of(()), town.NOW)
    (table,) = held.tables
    assert (table.begins, table.body.network) == (FIRST, "demo")
    assert dict(table.body.roles) == {"jps": ("pension",), "municipality": ("ward-a", "ward-c")}
    row = next(row for row in table.body.rows if row.kind == "exchange" and row.to == "jps")
    allowed = Question("exchange", "ward-a", "pension", row.procedure, row.items[:1])
    held.in_force(town.NOW).check(allowed)
    with pytest.raises(ProtocolError, match="LAW_REFUSED"):
        held.in_force(town.NOW).check(replace(allowed, procedure="link-0"))


def test_nothing_is_published_while_the_law_says_the_same(node: Node, settings: OversightConfig) -> None:
    held = published(node, settings, LawTables.of(()), town.NOW)
    for later in (1, 86_400, 30 * 86_400):
        assert publishing.due_table(settings, held, now=town.NOW + later, first=FIRST) is None


def test_a_changed_table_is_announced_300_seconds_before_it_begins(node: Node, settings: OversightConfig) -> None:
    held = published(node, settings, LawTables.of(()), town.NOW)
    held = published(node, changed(settings), held, town.NOW)
    old, new = held.tables
    assert new.begins >= town.NOW + 300
    assert held.in_force(town.NOW) is old
    assert held.in_force(new.begins) is new
    assert new.body.rows != old.body.rows


def test_one_announcement_at_a_time(node: Node, settings: OversightConfig) -> None:
    held = published(node, settings, LawTables.of(()), town.NOW)
    held = published(node, changed(settings), held, town.NOW)
    assert publishing.due_table(settings, held, now=town.NOW + 1, first=FIRST) is None
    begun = held.tables[-1].begins
    assert publishing.due_table(settings, held, now=begun, first=FIRST) is not None


def test_a_table_is_of_the_day_on_which_it_begins_in_japan(node: Node, settings: OversightConfig) -> None:
    first_day = min(line.in_force_from for lines in current().lines.values() for line in lines)
    midnight = int(datetime.combine(first_day, datetime.min.time(), timezone(timedelta(hours=9))).timestamp())
    early = publishing.due_table(settings, LawTables.of(()), now=midnight - 86_400, first=0)
    assert early is not None
    assert early.rows == ()
    signer = node.view.directory.signer("supervisor")
    held = LawTables.of([law_table.load_law(law_table.sign_law(early, SUPERVISOR), "demo", signer)])
    just_before = midnight - publishing.LEAD_SECONDS - 1
    assert publishing.due_table(settings, held, now=just_before, first=0) is None
    due = publishing.due_table(settings, held, now=just_before + 1, first=0)
    assert due is not None
    assert due.rows != ()


def test_roles_that_the_law_does_not_know_are_wrong_use(settings: OversightConfig) -> None:
    wrong = msgspec.structs.replace(settings, roles={"no_such_role": ("ward-a",)})
    with pytest.raises(WrongUse):
        publishing.due_table(wrong, LawTables.of(()), now=town.NOW, first=FIRST)


def as_state(body: states.Body) -> State:
    return State(states.sign(body, SUPERVISOR), body)


def due(held: State | None, *blocks: Block, now: int = town.NOW, started: bool = False) -> states.Body | None:
    return publishing.due_state(held, blocks, network="demo", now=now, started=started)


def test_a_state_is_signed_at_the_start_at_every_act_and_every_ten_minutes() -> None:
    first = due(None)
    assert first is not None
    assert (first.version, first.issued, first.valid_until) == (1, town.NOW, town.NOW + 3600)
    held = as_state(first)
    assert due(held, now=town.NOW + 599) is None
    for again in (
        due(held, started=True),
        due(held, STOP, now=town.NOW + 1),
        due(held, now=town.NOW + 600),
        due(held, now=town.NOW - 60),
    ):
        assert again is not None
        assert again.version == 2


def test_what_is_stopped_is_refused_and_so_is_everything_without_a_fresh_state() -> None:
    body = due(None, STOP)
    assert body is not None
    held = as_state(body)
    other = Question("exchange", "ward-c", "pension", "link-1", ("x",))
    held.check(other, town.NOW)
    for asked, now in (
        (Question("exchange", "ward-a", "pension", "link-1", ("x",)), town.NOW),
        (other, town.NOW + 3601),
    ):
        with pytest.raises(ProtocolError, match="LAW_REFUSED"):
            held.check(asked, now)


def rounds(
    node: Node, settings: OversightConfig, seconds: float, secret: bytes = b"", path: Path | None = None
) -> None:
    """Let the publishing loops run for a while."""

    def sign() -> bytes:
        return secret or node.key("sign.key")

    async def both() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(
                    publishing.publish_law(node, settings, sign, path), publishing.publish_state(node, sign)
                )

    asyncio.run(both())


def test_what_was_published_survives_a_restart_and_the_state_goes_on(
    place: Institution, settings: OversightConfig
) -> None:
    with town.opened(settings, place) as node:
        assert publishing.missing(node) is not None
        rounds(node, settings, 0.3)
        assert publishing.missing(node) is None
        law, state = node.view.laws.tables, node.view.state
        assert state is not None
        assert (len(law), law[0].begins, state.body.version) == (1, FIRST, 1)
    with town.opened(settings, place) as node:
        rounds(node, settings, 0.3)
        assert [table.hash for table in node.view.laws.tables] == [law[0].hash]
        assert node.view.state is not None
        assert node.view.state.body.version == 2


def test_with_another_key_the_same_law_and_a_new_state_are_signed(
    place: Institution, settings: OversightConfig
) -> None:
    after = bytes(range(32))
    with town.opened(settings, place) as node:
        rounds(node, settings, 0.3)
        ((law,), before) = node.view.laws.tables, node.key("sign.key")
        asyncio.run(node.view.accept_directory(town.with_another_key(node, settings.id, before, after)))
    # Killed before anything was signed anew: what was published stands, and no first table is made once more.
    with town.opened(settings, place) as node:
        assert [table.jws for table in node.view.laws.tables] == [law.jws]
        assert node.view.state is not None
        rounds(node, settings, 0.3, after)
        ((again,), state) = node.view.laws.tables, node.view.state
        assert (again.hash, again.body) == (law.hash, law.body)
        signer = node.view.directory.signer(settings.id)
        assert law_table.load_law(again.jws, "demo", signer).hash == law.hash
        assert states.load(state.jws, "demo", signer).body.version == 2
    with town.opened(settings, place) as node:
        assert [table.jws for table in node.view.laws.tables] == [again.jws]


def test_a_role_given_to_nobodys_name_is_not_law_and_its_correction_is_law_at_once(
    place: Institution, node: Node, settings: OversightConfig
) -> None:
    path = place.folder / "config.toml"
    right = path.read_text()
    rounds(node, settings, 0.3, path=path)
    assert publishing.warning(node, path) is None
    path.write_text(right.replace('"ward-c"]', '"wardd"]'))
    rounds(node, settings, 0.3, path=path)
    assert len(node.view.laws.tables) == 1
    told = publishing.warning(node, path)
    assert told is not None
    assert "municipality to wardd" in told
    path.write_text(right.replace(', "ward-c"]', "]"))
    rounds(node, settings, 0.3, path=path)
    assert publishing.warning(node, path) is None
    assert dict(node.view.laws.tables[-1].body.roles)["municipality"] == ("ward-a",)


def test_a_start_with_a_role_of_nobody_publishes_no_law_and_says_what_to_correct(
    place: Institution, node: Node, settings: OversightConfig
) -> None:
    path = place.folder / "config.toml"
    path.write_text(path.read_text().replace('"ward-c"]', '"wardd"]'))
    rounds(node, settings, 0.3, path=path)
    assert node.view.laws.tables == ()
    assert "wardd" in (publishing.warning(node, path) or "")
    path.write_text("role = 3")
    assert "refused" in (publishing.warning(node, path) or "")


def test_an_act_of_another_process_is_seen_at_once(node: Node, settings: OversightConfig) -> None:
    rounds(node, settings, 0.3)

    async def act() -> None:
        running = asyncio.create_task(publishing.publish_state(node, lambda: node.key("sign.key")))
        await asyncio.sleep(0.2)
        await node.store.write(lambda connection: store.add_act(connection, "block", STOP, town.NOW))
        await asyncio.sleep(1.5)
        running.cancel()

    asyncio.run(act())
    assert node.view.state is not None
    assert node.view.state.body.blocks == (STOP,)
    with node.store.reading() as connection:
        (kept,) = node.schema.papers.newest(connection, "state")
    assert canonical.decode(kept) == node.view.state.jws
