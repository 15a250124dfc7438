"""`mynumber law`: runs test sentences, answers one question, lists the lines of the linkage table."""

import sys
from collections.abc import Iterator
from typing import IO, ClassVar

import click
import yaml

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.law.asking.sentences import Outcome, run, sentences_of, topic_of, word
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.rulings import Allowed, Decision, Text
from mynumber.law.statute import InfoId, Law, LinkageLine, RoleId, current
from mynumber.law.wire import relations_of, wire_procedure
from mynumber.plumbing.errors import WrongUse

# The C loader reads the sentences ten times faster; it is missing where PyYAML was built without libyaml.
_BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """Leaves dates as they are written: an impossible day is one wrong sentence, not an unreadable file."""

    yaml_implicit_resolvers: ClassVar = {
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _BASE.yaml_implicit_resolvers.items()
    }


lang_option = click.option("--lang", type=click.Choice(["ja", "en"]), default="en", help="Language of the answer.")
file_argument = click.File("r", encoding="utf-8")


@click.group()
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
        sentences = [sentence for path in paths for sentence in sentences_of(_document(path))]
        if topic:
            # A sentence without a topic that we know stays: it is wrong, and not merely of another topic.
            others = set(TOPICS) - {topic}
            sentences = [sentence for sentence in sentences if topic_of(sentence) not in others]
        _report(run(current(), sentences), as_json=as_json)


@law.command()
@click.argument("topic", type=click.Choice(sorted(TOPICS)))
@click.option("--given", "path", required=True, type=file_argument, help="Members of the question, YAML or JSON.")
@lang_option
@json_option
def ask(topic: str, path: IO[str], lang: str, as_json: bool) -> None:
    """Decide one question: 0 allowed, 1 refused or undecidable.

    Example: mynumber law ask linkage --given question.yaml --json
    """
    with speaking(as_json=as_json):
        decision = decide(topic, _document(path), current())
    if as_json:
        print_json(_members(decision))
    else:
        say(f"{word(decision)}: {decision.reason}")
        say(_in(decision.explanation, lang))
        say("\n".join(decision.references))
        for name, value in (("penalty", decision.penalty), ("path", decision.path)):
            if value:
                say(f"{name}: {value}")
    sys.exit(0 if isinstance(decision, Allowed) else 1)


@law.command()
@click.argument("name", type=click.Choice(["linkages"]), metavar="linkages")
@click.option("--inquirer", metavar="ROLE", help="Only lines in which this role asks.")
@click.option("--provider", metavar="ROLE", help="Only lines in which this role answers.")
@click.option("--item", metavar="INFO_ID", help="Only lines with this item.")
@lang_option
@json_option
def table(*, name: str, inquirer: str | None, provider: str | None, item: str | None, lang: str, as_json: bool) -> None:
    """List the lines of the linkage table: who asks, who answers, which items about whom.

    Example: mynumber law table linkages --inquirer municipality --provider jps
    """
    with speaking(as_json=as_json):
        data = current()
        lines = list(_chosen(data, inquirer, provider, item))
    if as_json:
        print_json({"table": name, "rows": [_line_members(data, line) for line in lines]})
        return
    for line in lines:
        say(f"{wire_procedure(line.row)}  {_in(data.procedures[line.procedure], lang)}")
        say(f"  {', '.join(line.requesters)} -> {', '.join(line.providers)}")
        for info, relations in _items(data, line).items():
            say(f"  {info}: {', '.join(relations) or 'not normalised, read the source'}")


def _chosen(data: Law, inquirer: str | None, provider: str | None, item: str | None) -> Iterator[LinkageLine]:
    for member, role in (("inquirer", inquirer), ("provider", provider)):
        data.known(member, role or "anyone", data.roles)
    if item:
        data.known("item", item, data.information)
    for lines in data.lines.values():
        for line in lines:
            asks = inquirer is None or data.fits(RoleId(inquirer), line.requesters)
            answers = provider is None or data.fits(RoleId(provider), line.providers)
            if asks and answers and (item is None or item in line.items):
                yield line


def _items(data: Law, line: LinkageLine) -> dict[InfoId, tuple[str, ...]]:
    named = [item for item in line.items if item not in line.not_in_detail]
    return {item: relations_of(line.row, item, data) for item in named}


def _line_members(data: Law, line: LinkageLine) -> dict[str, object]:
    return {
        "id": line.line,
        "procedure": wire_procedure(line.row),
        "name": _both(data.procedures[line.procedure]),
        "inquirers": list(line.requesters),
        "providers": list(line.providers),
        "items": {item: list(relations) for item, relations in _items(data, line).items()},
        "reference": f"{line.law_id} Art.2 row {line.row}",
    }


def _members(decision: Decision) -> dict[str, object]:
    members: dict[str, object] = {
        "expect": word(decision),
        "reason": decision.reason,
        "references": list(decision.references),
        "explanation": _both(decision.explanation),
    }
    members |= {"penalty": decision.penalty} if decision.penalty else {}
    members |= {"path": decision.path} if decision.path else {}
    return members


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


def _document(stream: IO[str]) -> object:
    try:
        document: object = yaml.load(stream, Loader=_Loader)  # noqa: S506
    except (yaml.YAMLError, ValueError) as problem:
        raise WrongUse("LAW_SENTENCES", f"{stream.name} is neither YAML nor JSON") from problem
    return document


def _both(text: Text) -> dict[str, str]:
    return {"ja": text.ja, "en": text.en}


def _in(text: Text, lang: str) -> str:
    return text.ja if lang == "ja" else text.en
