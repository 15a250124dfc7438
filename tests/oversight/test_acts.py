"""Acts are kept for ever, name only what exists, and decide what the state says."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mynumber.cli.oversight import oversight
from mynumber.exchange.running.node import Node
from mynumber.exchange.view.state import Block
from mynumber.oversight import acts, store
from mynumber.oversight.config import OversightConfig
from mynumber.plumbing.errors import NotFinished, NotFound, WrongUse
from tests.keeper import town
from tests.keeper.town import Institution

ITEM = "local_tax"


def target(*, party: str = "", procedure: str = "", item: str = "", article: str = "Art.34", reason: str = "") -> Block:
    return Block(party=party, procedure=procedure, item=item, article=article, reason=reason)


def block(node: Node, stop: Block) -> int:
    return node.store.write_now(lambda connection: acts.block(connection, stop, town.NOW))


def unblock(node: Node, stop: Block) -> int:
    return node.store.write_now(lambda connection: acts.unblock(connection, stop, town.NOW))


def blocked(node: Node) -> tuple[Block, ...]:
    with node.store.reading() as connection:
        return store.blocks(connection)


def test_acts_add_up_to_what_is_blocked_and_are_all_kept(node: Node) -> None:
    office, item = target(party="ward-a"), target(procedure="link-107", item=f"{ITEM}/recipient")
    assert [block(node, office), block(node, item), unblock(node, office)] == [1, 2, 3]
    assert blocked(node) == (item,)
    assert block(node, office) == 4
    assert blocked(node) == (item, office)
    with node.store.reading() as connection:
        assert len(connection.execute(store.ACTS.select()).all()) == 4


def test_a_second_block_of_the_same_target_takes_the_new_article(node: Node) -> None:
    block(node, target(party="ward-a", article="Art.28(6)"))
    again = target(party="ward-a", article="Art.34", reason="order 3")
    block(node, again)
    assert blocked(node) == (again,)


def test_only_exactly_this_target_can_be_let_go(node: Node) -> None:
    block(node, target(party="ward-a"))
    for other in (target(), target(party="ward-c"), target(party="ward-a", item=ITEM)):
        with pytest.raises(NotFound):
            unblock(node, other)
    assert len(blocked(node)) == 1


def test_everything_can_be_stopped(node: Node) -> None:
    block(node, target())
    assert blocked(node) == (target(),)


@pytest.mark.parametrize(
    "wrong",
    [
        target(party="ward-b"),
        target(party="op-9"),
        target(procedure="link-99999"),
        target(procedure="107"),
        target(item="no_such_item"),
        target(item=f"{ITEM}/nobody"),
        target(party="ward-a", article=""),
        target(party="ward-a", reason="x" * 1001),
    ],
)
def test_a_name_that_nobody_has_stops_nothing(node: Node, wrong: Block) -> None:
    with pytest.raises(WrongUse):
        block(node, wrong)
    assert blocked(node) == ()


@pytest.mark.parametrize(
    "right",
    [
        target(procedure="self-information"),
        target(procedure="local-school-meals"),
        target(party="op-1"),
        target(party="ward-a", article="個人情報の保護", reason="評価書が公表されていない"),
    ],
)
def test_every_name_that_exists_can_be_stopped(node: Node, right: Block) -> None:
    block(node, right)
    assert blocked(node) == (right,)


def test_without_a_directory_no_party_can_be_checked(node: Node) -> None:
    with node.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM papers")
    with pytest.raises(NotFinished):
        block(node, target(party="ward-a"))


def command(place: Institution, *words: str) -> Result:
    path = str(place.folder / "config.toml")
    return CliRunner().invoke(oversight, [words[0], "--config", path, *words[1:]])


def test_the_commands_say_what_is_blocked(place: Institution, settings: OversightConfig) -> None:
    done = command(place, "block", "--party", "ward-a", "--article", "Art.28(6)", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == {
        "act": 1,
        "blocks": [{"party": "ward-a", "procedure": "", "item": "", "article": "Art.28(6)", "reason": ""}],
    }
    assert "ward-a, any procedure, any item" in command(place, "block", "--party", "ward-a", "--article", "x").stdout
    done = command(place, "unblock", "--party", "ward-a", "--article", "published", "--json")
    assert (done.exit_code, json.loads(done.stdout)["blocks"]) == (0, [])


def test_the_commands_answer_with_the_right_status(place: Institution, settings: OversightConfig) -> None:
    assert command(place, "unblock", "--party", "ward-a", "--article", "x").exit_code == 1
    assert command(place, "block", "--party", "nobody", "--article", "x").exit_code == 2
    assert command(place, "block", "--party", "ward-a").exit_code == 2
    refused = command(place, "unblock", "--article", "x", "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "NO_SUCH_BLOCK"


def test_a_missing_configuration_is_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(oversight, ["report", "--config", str(tmp_path / "none.toml")])
    assert done.exit_code == 2


def test_the_file_of_another_institution_is_named_as_one(tmp_path: Path) -> None:
    other = tmp_path / "config.toml"
    other.write_text('role = "gateway"\nid = "city-a"\n', encoding="utf-8")
    done = CliRunner().invoke(oversight, ["report", "--config", str(other)])
    assert done.exit_code == 2
    assert "is of role gateway, not supervisor" in done.stderr
