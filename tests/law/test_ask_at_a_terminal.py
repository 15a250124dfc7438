"""`mynumber law ask` at a real terminal: somebody who knows no id gets through."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mynumber.cli.main import main

# Who starts the tests in the background has Ctrl-C ignored, and what they start inherits it.
COMMAND = ["env", "--default-signal=INT", sys.executable, "-m", "mynumber", "law", "ask"]
PROMPT = re.compile(r"[^\n]*: $")
END = "\x04"
SECONDS = 60.0


class Terminal:
    """A process at a terminal of its own; what it writes to standard output stays apart from the conversation."""

    def __init__(self, *arguments: str, out: Path) -> None:
        leader, follower = pty.openpty()
        with out.open("wb") as stream:
            self.process = subprocess.Popen([*COMMAND, *arguments], stdin=follower, stdout=stream, stderr=follower)
        os.close(follower)
        self.leader, self.screen, self.out = leader, "", out

    def until(self, found: re.Pattern[str]) -> str:
        """Read what is shown until it ends like this, or until nothing more comes."""
        shown = b""
        while True:
            ready, _, _ = select.select([self.leader], [], [], SECONDS)
            assert ready, f"nothing came any more after: {shown!r}"
            try:
                read = os.read(self.leader, 4096)
            except OSError:
                # The other side of the terminal is closed.
                read = b""
            shown += read
            text = shown.decode(errors="replace").replace("\r\n", "\n")
            if not read or found.search(text):
                self.screen += text
                return text

    def answer(self, text: str) -> str:
        """Wait for the prompt, type a line, and return what was shown before it."""
        shown = self.until(PROMPT)
        os.write(self.leader, f"{text}\n".encode())
        return shown

    def end(self) -> int:
        """Read the rest and return the exit status."""
        self.until(re.compile(r"(?!)"))
        os.close(self.leader)
        return self.process.wait(30)

    @property
    def output(self) -> str:
        return self.out.read_text(encoding="utf-8")


def number_of(name: str, shown: str) -> str:
    """Return the number in front of a name, as somebody reads it off the screen."""
    (found,) = re.findall(rf"^ +([0-9]+)  [^\n]*{re.escape(name)}", shown, flags=re.MULTILINE)
    return str(found)


def test_a_citizen_asks_in_japanese_and_knows_no_word_of_ours(tmp_path: Path) -> None:
    terminal = Terminal("--lang", "ja", out=tmp_path / "out")
    terminal.answer("電話や手紙")
    terminal.answer("口座番号")
    terminal.answer("電話")
    terminal.answer("市区町村")
    terminal.answer("9")
    terminal.answer("個人番号や")
    terminal.answer("いいえ")
    assert terminal.end() == 1
    assert terminal.output.startswith("refused: never (許されません)\n")
    assert "口座番号" in terminal.output
    assert "その答えは使えません" in terminal.screen
    assert "mynumber law ask forbidden_ask --given FILE" in terminal.screen


def test_numbers_are_read_off_the_list_and_the_file_at_the_end_asks_the_same(tmp_path: Path) -> None:
    terminal = Terminal("identity", "--json", out=tmp_path / "out")
    for name in ("an agent with a power", "face to face"):
        shown = terminal.until(PROMPT)
        os.write(terminal.leader, f"{number_of(name, shown)}\n".encode())
    terminal.answer("")
    shown = terminal.until(PROMPT)
    os.write(terminal.leader, f"{number_of('Card of the principal', shown)}\n".encode())
    shown = terminal.until(PROMPT)
    os.write(terminal.leader, f"{number_of('Passport', shown)} {number_of('Driving licence', shown)}\n".encode())
    shown = terminal.until(PROMPT)
    os.write(terminal.leader, f"{number_of('Power of attorney', shown)}\n".encode())
    terminal.answer("")
    assert terminal.end() == 0
    decision = json.loads(terminal.output)
    assert decision["reason"] == "agent_three_proofs"
    file = terminal.screen.partition("--given FILE")[2]
    given = yaml.safe_load(file)
    assert given["identity_proof"] == ["passport", "driving_licence"]
    again = CliRunner().invoke(main, ["law", "ask", "identity", "--given", "-", "--json"], input=file)
    assert json.loads(again.stdout) == decision


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Press Ctrl-C until it is heard: Python misses a signal that comes just before it begins to wait for a line."""
    for _ in range(int(SECONDS)):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(1)
            return


@pytest.mark.parametrize("interrupted", [False, True])
def test_who_leaves_gets_no_answer(*, interrupted: bool, tmp_path: Path) -> None:
    terminal = Terminal("household", out=tmp_path / "out")
    terminal.answer("a number is asked for")
    terminal.until(PROMPT)
    if interrupted:
        interrupt(terminal.process)
    else:
        os.write(terminal.leader, END.encode())
    assert terminal.end() == 2
    assert terminal.output == ""
    assert "the interview ended" in terminal.screen


@pytest.mark.parametrize("arguments", [["ground"], [], ["ground", "--json"]])
def test_without_a_terminal_and_without_a_file_it_is_wrong_use(arguments: list[str]) -> None:
    result = CliRunner().invoke(main, ["law", "ask", *arguments])
    assert result.exit_code == 2
    assert "no terminal" in result.output
    assert "--given" in result.output


def test_a_file_needs_a_topic() -> None:
    result = CliRunner().invoke(main, ["law", "ask", "--given", "-"], input="act: provide")
    assert result.exit_code == 2
    assert "forbidden_ask" in result.stderr
