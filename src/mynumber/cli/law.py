"""`mynumber law`: runs test sentences, answers one question; looking things up is in modules of its own."""

import importlib
import sys
from typing import IO, ClassVar

import click
import yaml

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.law.asking.sentences import Outcome, run, sentences_of, topic_of
from mynumber.law.asking.topics import TOPICS
from mynumber.law.rulings import Text
from mynumber.law.statute import current
from mynumber.plumbing.errors import WrongUse

# The C loader reads the sentences ten times faster; it is missing where PyYAML was built without libyaml.
_BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# One line a command that is imported only when it is called: name -> (module, one-line help).
_LOOKING = {
    "ask": ("mynumber.cli.law_ask", "Decide one question; at a terminal you are asked for it."),
    "compare": ("mynumber.cli.law_compare", "Show the general privacy law and this one side by side."),
    "deadlines": ("mynumber.cli.law_deadlines", "Tell the last days of the reports of a leak."),
    "explain": ("mynumber.cli.law_explain", "Tell everything that the law data hold about an article."),
    "penalties": ("mynumber.cli.law_penalties", "List the offences with their maxima and elements."),
    "table": ("mynumber.cli.law_table", "List rows of a table of the law data."),
}


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """Leaves dates as they are written: an impossible day is one wrong sentence, not an unreadable file."""

    yaml_implicit_resolvers: ClassVar = {
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _BASE.yaml_implicit_resolvers.items()
    }


class _Law(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *_LOOKING])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _LOOKING:
            return super().get_command(ctx, cmd_name)
        command: click.Command = importlib.import_module(_LOOKING[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        helps = {name: command.get_short_help_str() for name, command in self.commands.items()}
        helps |= {name: line for name, (_, line) in _LOOKING.items()}
        with formatter.section("Commands"):
            formatter.write_dl([(name, helps[name]) for name in self.list_commands(ctx)])


lang_option = click.option("--lang", type=click.Choice(["ja", "en"]), default="en", help="Language of the answer.")
file_argument = click.File("r", encoding="utf-8")


@click.group(cls=_Law)
def law() -> None:
    """Ask what the law allows."""


@law.command()
@click.argument("paths", nargs=-1, required=True, type=file_argument, metavar="FILE...")
@click.option("--topic", type=click.Choice(sorted(TOPICS)), help="Run the sentences of this topic only.")
@json_option
def cases(paths: tuple[IO[str], ...], topic: str | None, as_json: bool) -> None:
    """Run the test sentences of each FILE (format of law/cases.yaml; `-` is standard input).

    Example: mynumber law cases law/cases.yaml --topic linkage
    """
    with speaking(as_json=as_json):
        sentences = [sentence for path in paths for sentence in sentences_of(document(path))]
        if topic:
            # A sentence without a topic that we know stays: it is wrong, and not merely of another topic.
            others = set(TOPICS) - {topic}
            sentences = [sentence for sentence in sentences if topic_of(sentence) not in others]
        _report(run(current(), sentences), as_json=as_json)


def document(stream: IO[str]) -> object:
    """Return what a YAML or JSON file holds."""
    try:
        found: object = yaml.load(stream, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError) as problem:
        raise WrongUse("LAW_SENTENCES", f"{stream.name} is neither YAML nor JSON") from problem
    return found


def both(text: Text) -> dict[str, str]:
    """Return a text as members of JSON."""
    return {"ja": text.ja, "en": text.en}


def in_language(text: Text, lang: str) -> str:
    """Return a text in the language that was asked for."""
    return text.ja if lang == "ja" else text.en


def _report(outcome: Outcome, *, as_json: bool) -> None:
    last = f"{outcome.sentences} sentences, {len(outcome.otherwise)} otherwise"
    if as_json:
        failures = [{"id": one.sentence, "topic": one.topic, "why": one.why} for one in outcome.otherwise]
        print_json({"sentences": outcome.sentences, "otherwise": len(failures), "failures": failures})
        note(last)
    else:
        for one in outcome.otherwise:
            say(f"{one.sentence}  {one.topic}: {one.why}")
        say(last)
    sys.exit(1 if outcome.otherwise else 0)
