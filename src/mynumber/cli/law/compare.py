"""`mynumber law compare`: the general privacy law and the My Number Act side by side."""

import sys

import click
from rich.console import Console
from rich.table import Table

from mynumber.cli.law.speaking import both, in_language, lang_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.law.looking.comparing import Beside, beside, summary
from mynumber.law.rulings import Text
from mynumber.law.statute import current
from mynumber.law.wording.amounts import maximum, up_to
from mynumber.law.wording.citing import citation
from mynumber.law.wording.meaning import meaning

_WIDTH = 100
_COLUMNS = (
    Text(ja="規律", en="rule"),
    Text(ja="個人情報保護法", en="general law"),
    Text(ja="番号法", en="My Number Act"),
    Text(ja="比較", en="judgement"),
)


@click.command(name="compare")
@click.option("--topic", metavar="RULE_TOPIC", help="Only this rule, for instance third_party_provision.")
@lang_option
@json_option
def command(*, topic: str | None, lang: str, as_json: bool) -> None:
    """Show both laws rule by rule, penalties too, and count: stricter, same, lighter, not applicable.

    Example: mynumber law compare --topic leak_report
    """
    with speaking(as_json=as_json):
        rules = beside(current(), topic)
    counts = summary(rules)
    if as_json:
        print_json({"rules": [_members(one) for one in rules], "summary": counts})
        return
    table = Table(width=_WIDTH, show_lines=True)
    for column, width in zip(_COLUMNS, (17, 32, 32, 10), strict=True):
        table.add_column(in_language(column, lang), width=width, overflow="fold")
    for one in rules:
        table.add_row(*(in_language(text, lang) for text in _cells(one)))
    Console(file=sys.stdout, width=_WIDTH, highlight=False, markup=False).print(table)
    words = (f"{in_language(meaning('judgements', name), lang)} {count}" for name, count in counts.items())
    say(f"{len(rules)}: {', '.join(words)}")


def _cells(one: Beside) -> tuple[Text, Text, Text, Text]:
    rule, beside_it = one.rule, one.penalties
    general = _lines(rule.general, _consent(beside_it.consent_general), _general(one), citation(rule.general_article))
    ours = _lines(rule.my_number, _consent(beside_it.consent_my_number), _ours(one), citation(rule.my_number_article))
    who = meaning("rule_parties", rule.who)
    topic = f"[{rule.rule_topic}]"
    name = Text(
        ja=f"{rule.line_id} {one.name.ja}\n{who.ja}\n{topic}", en=f"{rule.line_id} {one.name.en}\n{who.en}\n{topic}"
    )
    return name, general, ours, meaning("judgements", one.judgement)


def _lines(*texts: Text) -> Text:
    said = [text for text in texts if text.en]
    return Text(ja="\n".join(text.ja for text in said), en="\n".join(text.en for text in said))


def _as_is(text: str) -> Text:
    return Text(ja=text, en=text)


def _consent(word: str) -> Text:
    if not word:
        return _as_is("")
    said = meaning("consent", word)
    return Text(ja=f"同意：{said.ja}", en=f"consent: {said.en}")


def _general(one: Beside) -> Text:
    line = one.penalties
    return _penalty(
        (line.general_max_months, line.general_max_fine_yen, line.general_both), line.general_corporate_fine_yen
    )


def _ours(one: Beside) -> Text:
    line = one.penalties
    ours = (line.my_number_max_months, line.my_number_max_fine_yen, line.my_number_both)
    return _penalty(ours, line.my_number_corporate_fine_yen)


def _penalty(highest: tuple[int | None, int | None, bool | None], corporate: int | None) -> Text:
    months, yen, at_once = highest
    if months is None or yen is None:
        return _as_is("")
    # Without imprisonment it may be a fine of the penal law or another one; the rule above says which.
    said = maximum(months, yen, both=bool(at_once)) if months else up_to(yen)
    if corporate is None:
        return said
    return Text(ja=f"{said.ja}\n法人{up_to(corporate).ja}", en=f"{said.en}\ncorporation: {up_to(corporate).en}")


def _members(one: Beside) -> dict[str, object]:
    rule, line = one.rule, one.penalties
    return {
        "id": rule.line_id,
        "rule_topic": rule.rule_topic,
        "who": rule.who,
        "general": {
            "rule": both(rule.general),
            "article": rule.general_article,
            "consent": line.consent_general,
            "penal_article": line.general_penal_article,
            "max_months": line.general_max_months,
            "max_fine_yen": line.general_max_fine_yen,
            "corporate_fine_yen": line.general_corporate_fine_yen,
        },
        "my_number": {
            "rule": both(rule.my_number),
            "article": rule.my_number_article,
            "consent": line.consent_my_number,
            "penalty": rule.penalty_id,
            "max_months": line.my_number_max_months,
            "max_fine_yen": line.my_number_max_fine_yen,
            "corporate_fine_yen": line.my_number_corporate_fine_yen,
        },
        "effect": rule.effect,
        "net": rule.net,
        "judgement": one.judgement,
        "heavier_in": list(line.heavier_in),
        "equal_in": list(line.equal_in),
        "lighter_in": list(line.lighter_in),
    }
