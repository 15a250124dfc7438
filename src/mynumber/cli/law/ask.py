"""`mynumber law ask`: decides one question, from a file or asked for at a terminal, word by word."""

import io
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import IO

import click
import yaml

from mynumber.cli.law import incident
from mynumber.cli.law.speaking import both, document, file_argument, in_language, lang_option
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.law.asking.interview import Interview
from mynumber.law.asking.sentences import word
from mynumber.law.asking.topics import TOPICS, decide
from mynumber.law.deciding.claims.penalty import offences
from mynumber.law.rulings import Allowed, Decision
from mynumber.law.statute import current
from mynumber.law.tables import parts
from mynumber.law.wording.citing import citation
from mynumber.law.wording.meaning import meaning
from mynumber.law.wording.questioning import phrases
from mynumber.plumbing.errors import WrongUse

_JAPAN = timezone(timedelta(hours=9))


@click.command(name="ask")
@click.argument("topic", type=click.Choice(sorted(TOPICS)), required=False)
@click.option("--given", "path", type=file_argument, help="Members of the question, YAML or JSON; - is standard input.")
@click.option(
    "--known",
    type=click.DateTime(["%Y-%m-%d"]),
    default=lambda: datetime.now(_JAPAN),
    help="For what `mynumber scan` found: the day on which it became known; today, if not said.",
)
@lang_option
@json_option
def command(*, topic: str | None, path: IO[str] | None, known: datetime, lang: str, as_json: bool) -> None:
    """Decide one question: 0 allowed, 1 refused or undecidable.

    For the topic leak, --given takes the lines of `mynumber scan --format json` too, and tells what would follow.

    At a terminal and without --given you are asked for what is needed; then TOPIC may be left out too.

    Example: mynumber law ask linkage --given question.yaml --json
    """
    given: Mapping[str, object] = {}
    with speaking(as_json=as_json):
        if path is None:
            topic, given, decision = _interviewed(topic, lang)
        else:
            text = _whole(path)
            found = incident.scanned(text.getvalue()) if topic == "leak" else None
            if found is not None:
                sys.exit(incident.tell(found, current(), known.date(), lang=lang, as_json=as_json))
            decision = decide(_named(topic), document(text), current())
    if as_json:
        print_json(_members(decision))
    else:
        _tell(decision, lang)
    if given:
        _tell_again(topic or "", given, lang)
    sys.exit(0 if isinstance(decision, Allowed) else 1)


def _whole(path: IO[str]) -> io.StringIO:
    """Return what is left of a stream, under its name."""
    try:
        text = io.StringIO(path.read())
    except UnicodeDecodeError as problem:
        raise WrongUse("LAW_SENTENCES", f"{path.name} is neither YAML nor JSON") from problem
    text.name = path.name
    return text


def _interviewed(topic: str | None, lang: str) -> tuple[str, Mapping[str, object], Decision]:
    if not sys.stdin.isatty():
        members = ", ".join(one.name for one in TOPICS[topic].members()) if topic else ""
        hint = f"give --given FILE, or --given - for standard input{', with ' if members else ''}{members}"
        raise WrongUse("LAW_MEMBERS", "no --given, and no terminal at which to ask", hint=hint)
    conversation = Interview(current(), lang, ask=_asked, tell=note)
    try:
        topic = topic or conversation.topic()
        return (topic, *conversation.question(topic))
    except (EOFError, KeyboardInterrupt) as left:
        hint = "answer every question, or write the answers into a file for --given"
        raise WrongUse("LAW_INTERVIEW", "the interview ended before its last question", hint=hint) from left


def _named(topic: str | None) -> str:
    if topic is None:
        raise WrongUse("LAW_TOPIC", "--given without a topic", hint=f"topics: {', '.join(sorted(TOPICS))}")
    return topic


def _asked(prompt: str) -> str:
    # The conversation is on standard error, so that standard output holds the answer alone.
    click.echo(prompt, nl=False, err=True)
    try:
        line = sys.stdin.readline()
    except UnicodeDecodeError:
        # Half a character was typed: no answer of any kind, and the question comes again.
        return "\N{REPLACEMENT CHARACTER}"
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def _tell(decision: Decision, lang: str) -> None:
    said = f" ({phrases()[word(decision)].ja})" if lang == "ja" else ""
    say(f"{word(decision)}: {decision.reason}{said}")
    say(in_language(decision.explanation, lang))
    say("\n".join(in_language(citation(one), lang) for one in decision.references))
    known = offences(current())
    for penalty in parts(decision.penalty):
        say(f"penalty: {penalty}  {in_language(known[penalty].maximum, lang)}")
    for path in parts(decision.path):
        say(f"path: {path}  {in_language(meaning('breach_paths', path), lang)}")


def _tell_again(topic: str, given: Mapping[str, object], lang: str) -> None:
    note("")
    note(f"{in_language(phrases()['ask_next_time'], lang)}\n  mynumber law ask {topic} --given FILE\n")
    note(yaml.safe_dump(dict(given), allow_unicode=True, sort_keys=False).rstrip())


def _members(decision: Decision) -> dict[str, object]:
    members: dict[str, object] = {
        "expect": word(decision),
        "reason": decision.reason,
        "references": list(decision.references),
        "explanation": both(decision.explanation),
    }
    members |= {"penalty": decision.penalty} if decision.penalty else {}
    members |= {"path": decision.path} if decision.path else {}
    return members
