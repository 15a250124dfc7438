"""`mynumber codes`: show that this implementation agrees with a file of test vectors.

mynumber codes vectors FILE [--json]    exit 0: every case passed, 1: at least one failed, 2: not a vector file
"""

import json
import sys
from pathlib import Path

import click

from mynumber.cli.output import json_option, note, print_json, say, speaking
from mynumber.codes import group
from mynumber.codes.vectors.cases import all_cases
from mynumber.codes.vectors.verdict import Verdict, judge
from mynumber.plumbing.errors import WrongUse


@click.group()
def codes() -> None:
    """Agency codes: run test vectors."""


@codes.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def vectors(file: Path, *, as_json: bool) -> None:
    """Run every primitive, run, thing, positive and negative of a vector FILE.

    Example: mynumber codes vectors vectors/codes.json
    """
    with speaking(as_json=as_json):
        group.self_test()
        verdicts = [judge(case) for case in all_cases(_load(file))]
        failures = [verdict for verdict in verdicts if not verdict.passed]
        passed = len(verdicts) - len(failures)
        summary = f"{passed} passed, {len(failures)} failed"
        if as_json:
            note(summary)
            print_json({"passed": passed, "failed": len(failures), "failures": [_members(one) for one in failures]})
        else:
            for one in failures:
                say(f"{one.group} {one.name}\n  expected: {one.expected}\n  got:      {one.got}")
            say(summary)
    sys.exit(1 if failures else 0)


def _load(file: Path) -> object:
    try:
        value: object = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as problem:
        raise WrongUse("BAD_VECTORS", "the file is not JSON", hint="see vectors/README.md for the format") from problem
    return value


def _members(verdict: Verdict) -> dict[str, str]:
    return {"group": verdict.group, "name": verdict.name, "expected": verdict.expected, "got": verdict.got}
