"""What the commands of `mynumber law` share: files of questions, and texts in the language that was asked for."""

from typing import IO, ClassVar

import click
import yaml

from mynumber.law.rulings import Text
from mynumber.plumbing.errors import WrongUse

# The C loader reads the sentences ten times faster; it is missing where PyYAML was built without libyaml.
_BASE: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

lang_option = click.option("--lang", type=click.Choice(["ja", "en"]), default="en", help="Language of the answer.")
file_argument = click.File("r", encoding="utf-8")


class _Loader(_BASE):  # type: ignore[misc, valid-type]
    """Leaves dates as they are written: an impossible day is one wrong sentence, not an unreadable file."""

    yaml_implicit_resolvers: ClassVar = {
        first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _BASE.yaml_implicit_resolvers.items()
    }


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
