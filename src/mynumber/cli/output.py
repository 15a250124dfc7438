"""How commands speak: results on standard output, everything else on standard error, errors with their hint.

A command body runs inside `speaking(...)`, which turns a MyNumberError into the exit status of its branch. A reader
that leaves (`mynumber ... | head`) ends the command without a word, with the status that a shell shows for other tools.
"""

import json
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from mynumber.plumbing.errors import MyNumberError, OwnFault, WrongUse

UNREAD = 141
"""128 and the signal of a closed pipe: the status of a tool whose reader left before the end."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")


def print_json(value: object) -> None:
    """Print one JSON object as one line, UTF-8, unescaped."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """Print a line for people on standard output."""
    click.echo(text)


def note(text: str) -> None:
    """Print a line for people on standard error."""
    click.echo(text, err=True)


def tell_wrong_use(problem: click.ClickException, *, as_json: bool) -> None:
    """Say what is wrong with the arguments, as an error of ours or as click does for people."""
    if not as_json:
        problem.show()
        return
    context = problem.ctx if isinstance(problem, click.UsageError) else None
    hint = "see `mynumber --help`" if context is None else f"see `{context.command_path} --help`"
    print_json({"error": {"code": "USAGE", "message": problem.format_message(), "hint": hint}})


@contextmanager
def while_read() -> Iterator[None]:
    """End with UNREAD, quietly, once nobody reads any more what is printed; click and rich alone would end with 1."""
    printed_to = sys.stdout
    try:
        try:
            yield
        except SystemExit as ended:
            # The one puts another stream in the place of this one, the other ends where it could not print.
            if sys.stdout is not printed_to or isinstance(ended.__context__, BrokenPipeError):
                raise BrokenPipeError from ended
            raise
        finally:
            printed_to.flush()
    except BrokenPipeError:
        # What was not written yet goes nowhere when the interpreter ends, instead of failing once more.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for standard in (1, 2):
            if _is_unread(standard):
                os.dup2(nowhere, standard)
        sys.exit(UNREAD)


def _is_unread(descriptor: int) -> bool:
    """Tell whether the other end of a pipe is closed."""
    ends = select.poll()
    ends.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in ends.poll(0))


@contextmanager
def speaking(*, as_json: bool, debug: bool = False, said: Callable[[str], str] = str) -> Iterator[None]:
    """Turn an error into `error:` and `hint:` lines (or the JSON object) and the exit status of its branch.

    `said` puts its words into the language of the command.
    """
    try:
        with _named():
            yield
    except MyNumberError as error:
        if debug:
            raise
        if as_json:
            members = error.members()
            print_json({"error": members | {one: said(members[one]) for one in ("message", "hint")}})
        else:
            article = f" ({error.article})" if error.article else ""
            note(f"{said('error')}: {said(error.message)} [{error.code}]{article}")
            if error.hint:
                note(f"{said('hint')}: {said(error.hint)}")
        sys.exit(error.exit_status)


@contextmanager
def _named() -> Iterator[None]:
    """Give what is not an error of ours a name: the system's refusals are wrong use, the rest is our own fault."""
    try:
        yield
    except (MyNumberError, click.ClickException, click.exceptions.Exit):
        raise
    except ModuleNotFoundError as problem:
        if (problem.name or "mynumber").partition(".")[0] == "mynumber":
            raise
        raise WrongUse(
            "NOT_INSTALLED",
            f"the light base does not have {problem.name}, which this command needs",
            hint="install open-mynumber[town]",
        ) from problem
    except OSError as problem:
        if isinstance(problem, BrokenPipeError) and (_is_unread(1) or _is_unread(2)):
            raise
        reason = problem.strerror or type(problem).__name__
        reason = reason if problem.filename is None else f"{problem.filename}: {reason}"
        raise WrongUse("SYSTEM", f"the system refuses: {reason}", hint="check paths, ports and rights") from problem
    except Exception as problem:
        hint = "--debug shows the place, where the command has it; please report it"
        raise OwnFault("OUR_FAULT", f"something failed here ({type(problem).__name__})", hint=hint) from problem
