"""`mynumber law penalties`: the offences of the Act as they are today, and what the FAQ's extract says otherwise."""

import click

from mynumber.cli.law.speaking import both, in_language, lang_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.law.deciding.claims.elements import ElementLine
from mynumber.law.deciding.claims.penalty import Offence, offences
from mynumber.law.looking.offences import FAQ, difference, element_texts, elements_of, faq_note, paths_to
from mynumber.law.statute import Law, current
from mynumber.law.wording.citing import citation
from mynumber.law.words import check


@click.command(name="penalties")
@click.argument("penalty", required=False)
@lang_option
@json_option
def command(*, penalty: str | None, lang: str, as_json: bool) -> None:
    """List the offences, or one PENALTY (P48 ...): maxima, corporate fines, acts abroad, elements.

    Example: mynumber law penalties P49 --lang ja
    """
    with speaking(as_json=as_json):
        data = current()
        known = offences(data)
        if penalty is not None:
            check("PENALTY", penalty, known)
        chosen = [one for name, one in known.items() if penalty in (None, name)]
    if as_json:
        print_json(
            {"penalties": [_members(data, one) for one in chosen], "faq": FAQ, "difference": both(difference(data))}
        )
        return
    for one in chosen:
        _tell(data, one, lang)
    if penalty is None:
        say(f"FAQ {FAQ}: {in_language(difference(data), lang)}")


def _tell(data: Law, one: Offence, lang: str) -> None:
    say(f"{one.penalty_id}  {in_language(one.name, lang)}")
    for text in (one.maximum, one.corporate, one.abroad, faq_note(data, one)):
        say(f"  {in_language(text, lang)}")
    for line in elements_of(data, one):
        for kind, facts in element_texts(data, line):
            say(f"  {line.element_id} {in_language(kind, lang)}: {in_language(facts, lang)}")
    say(f"  {in_language(citation(one.source), lang)}")


def _members(data: Law, one: Offence) -> dict[str, object]:
    return {
        "id": one.penalty_id,
        "article": one.article,
        "act": both(one.name),
        "who_class": one.who_class,
        "imprisonment_max_months": one.imprisonment_max_months,
        "fine_max_yen": one.fine_max_yen,
        "both_possible": one.both_possible,
        "corporate_fine_max_yen": one.corporate_fine_max_yen,
        "crimes_abroad": one.crimes_abroad,
        "maximum": both(one.maximum),
        "elements": [_element_members(line) for line in elements_of(data, one)],
        "paths": paths_to(data, one),
        "in_faq": one.seed_listed,
        "faq_note": both(faq_note(data, one)),
        "reference": one.source,
    }


def _element_members(line: ElementLine) -> dict[str, object]:
    return {
        "id": line.element_id,
        "faq_letter": line.faq_letter,
        **{name: list(facts) for name, facts in line.named_kinds().items()},
        "reference": line.basis,
    }
