"""`mynumber law cases`: runs test sentences; one that cannot be decided as it stands is otherwise, never skipped."""

import sys
from typing import IO

import click

from mynumber.cli.law.speaking import document, file_argument
from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.law.asking.sentences import Outcome, run, sentences_of, topic_of
from mynumber.law.asking.topics import TOPICS
from mynumber.law.statute import current


@click.command(name="cases")
@click.argument("paths", nargs=-1, required=True, type=file_argument, metavar="FILE...")
@click.option("--topic", type=click.Choice(sorted(TOPICS)), help="Run the sentences of this topic only.")
@json_option
def command(paths: tuple[IO[str], ...], topic: str | None, as_json: bool) -> None:
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
