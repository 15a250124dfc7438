"""What a newcomer is told around the story: in the chosen language, with commands that exist and paths of this town."""

import re
import shlex
from pathlib import Path

import click
import pytest

from mynumber.cli.main import main
from mynumber.world.demo import guide
from mynumber.world.story.stage import Lang
from mynumber.world.town.layout import Institution, Town

FOLDER = Path("/tmp/town")
JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")
ENDS = [(True, True), (False, True), (False, False)]


def town() -> Town:
    portal = Institution("portal", "portal", "org-citizens", FOLDER / "portal", 20_001, public_port=20_002)
    supervisor = Institution("supervisor", "supervisor", "ppc", FOLDER / "supervisor", 20_003)
    return Town(FOLDER, "demo", 1, 200, (portal, supervisor))


def account(*, ok: bool = True) -> dict[str, object]:
    return {
        "steps": [{"ok": True}] * 23 + [{"ok": ok}],
        "processes": [{}] * 11,
        "exchanges": [{}] * 48,
        "refusals": [{}] * 7,
        "logs": [{}],
        "residents": 1000,
        "seed": 1,
        "dir": str(FOLDER),
    }


def test_the_sum_is_counted_from_the_account() -> None:
    told = "24 of 24 steps held in 71.5 s: 11 processes, 1000 residents, 48 exchanges, 7 refusals"
    assert guide.summary(account(), "en", 71.5) == told
    assert guide.summary(account(ok=False), "en", 71.5).startswith("23 of 24 steps")
    assert guide.summary(account(), "ja", 71.5).startswith("24段階のうち24段階が成立（71.5秒）")


@pytest.mark.parametrize(("runs", "kept"), ENDS)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_everything_is_said_in_the_chosen_language(lang: Lang, runs: bool, kept: bool) -> None:
    heading, hints = guide.next_steps(town(), lang, runs=runs, kept=kept, program="mynumber")
    assert hints
    for sentence in (heading, *(hint.shows for hint in hints)):
        assert bool(JAPANESE.search(sentence)) is (lang == "ja"), sentence


@pytest.mark.parametrize(("runs", "kept"), ENDS)
def test_every_command_that_is_named_exists_and_takes_these_options(runs: bool, kept: bool) -> None:
    _, hints = guide.next_steps(town(), "ja", runs=runs, kept=kept, program="mynumber")
    commands = [shlex.split(hint.what)[1:] for hint in hints if hint.what.startswith("mynumber ")]
    assert ["drill", "wiretap"] in commands
    for words in commands:
        command: click.Command = main
        context = click.Context(main)
        while isinstance(command, click.Group):
            name = words.pop(0)
            found = command.get_command(context, name)
            assert found is not None, name
            command = found
        command.make_parser(context).parse_args(words)


def test_a_running_town_leads_to_history_portal_inventory_wiretap_and_books() -> None:
    _, hints = guide.next_steps(town(), "en", runs=True, kept=True, program="mynumber")
    assert [hint.what for hint in hints] == [
        "mynumber history --card /tmp/town/town/cards/recipient",
        "https://127.0.0.1:20002",
        "mynumber oversight report --config /tmp/town/supervisor/config.toml",
        "README.md, “A session”",
        "mynumber inventory /tmp/town",
        "mynumber drill wiretap",
    ]


def test_a_kept_town_is_told_how_it_runs_again_and_one_that_is_gone_how_to_keep_one() -> None:
    _, stopped = guide.next_steps(town(), "en", runs=False, kept=True, program=".venv/bin/mynumber")
    assert stopped[0].what == ".venv/bin/mynumber demo --dir /tmp/town --resume"
    _, gone = guide.next_steps(town(), "en", runs=False, kept=False, program="mynumber")
    assert gone[0].what.startswith("make demo ARGS=")
    assert not [hint for hint in gone if str(FOLDER / "town") in hint.what]
