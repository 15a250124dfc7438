"""`mynumber number`: says of each number given whether it is a valid one and of which kind."""

import sys

import click

from mynumber.cli.output import json_option, print_json, say
from mynumber.number.kinds import Finding, inspect

_SENTENCES = {
    "ok": "valid",
    "characters": "not valid: other characters than digits",
    "length": "not valid: neither 12 nor 13 digits",
    "check_digit": "not valid: the check digit is wrong",
    "never_issued": "not valid: this number is never issued",
}


@click.group()
def number() -> None:
    """Check My Numbers and Corporate Numbers."""


@number.command()
@click.argument("numbers", nargs=-1, required=True, metavar="N...")
@json_option
def check(numbers: tuple[str, ...], as_json: bool) -> None:
    """Check each N; `-` reads one number a line from standard input.

    The command line is seen by other users of the machine: real numbers belong on standard input.
    """
    texts = [text for given in numbers for text in (_lines() if given == "-" else [given])]
    if not texts:
        raise click.UsageError("standard input holds no number")
    found = [(text, inspect(text)) for text in texts]
    if as_json:
        print_json({"numbers": [_members(text, finding) for text, finding in found]})
    else:
        for text, finding in found:
            say(f"{text}  {finding.kind}  {_SENTENCES[finding.reason]}")
    sys.exit(0 if all(finding.valid for _, finding in found) else 1)


def _lines() -> list[str]:
    return [line.strip() for line in sys.stdin if line.strip()]


def _members(text: str, finding: Finding) -> dict[str, object]:
    return {"input": text, "valid": finding.valid, "kind": finding.kind, "reason": finding.reason}
