"""`mynumber law deadlines`: until when a leak is reported, on the Japanese calendar."""

from datetime import date, datetime

import click

from mynumber.cli.law.speaking import both, in_language, lang_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.law.deciding.duties.deadlines import GUIDELINE, Deadline, deadlines
from mynumber.law.deciding.duties.leak import LeakClass
from mynumber.law.rulings import Text
from mynumber.law.statute import current
from mynumber.law.wording.citing import citation
from mynumber.law.words import check

_PROMPT = Text(ja="速報", en="prompt report")
_FINAL = Text(ja="確報", en="final report")
_WEEKDAYS = Text(ja="月火水木金土日", en="Mon Tue Wed Thu Fri Sat Sun")


@click.command(name="deadlines")
@click.argument("classes", nargs=-1, metavar="[CLASS...]")
@click.option("--known", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day on which it became known.")
@lang_option
@json_option
def command(*, classes: tuple[str, ...], known: datetime, lang: str, as_json: bool) -> None:
    """Tell the last days of the prompt and of the final report, for each CLASS of leaks (LK1 ...) or all.

    The day of knowledge is day 1; a last day on which public offices are closed moves to the next open one.

    Example: mynumber law deadlines LK2 --known 2026-12-01
    """
    with speaking(as_json=as_json):
        lines = current().tables.lines(LeakClass)
        for name in classes:
            check("CLASS", name, [line.class_id for line in lines])
        found = deadlines(known.date(), [line for line in lines if not classes or line.class_id in classes])
    if as_json:
        print_json({"known": str(known.date()), "deadlines": [_members(one) for one in found]})
        return
    for one in found:
        line = one.leak_class
        say(f"{line.class_id}  {in_language(Text(ja=line.class_ja, en=line.class_en), lang)}")
        say(f"  {in_language(_PROMPT, lang)}: {_day(one.prompt_from, lang)} - {_day(one.prompt, lang)} ({GUIDELINE})")
        basis = in_language(citation(line.legal_basis), lang)
        days = Text(ja=f"{line.final_report_days}日", en=f"{line.final_report_days} days")
        say(f"  {in_language(_FINAL, lang)}: {_day(one.final, lang)} ({in_language(days, lang)}; {basis})")


def _day(day: date, lang: str) -> str:
    names = list(_WEEKDAYS.ja) if lang == "ja" else _WEEKDAYS.en.split()
    return f"{day} ({names[day.weekday()]})"


def _members(one: Deadline) -> dict[str, object]:
    line = one.leak_class
    return {
        "class": line.class_id,
        "name": both(Text(ja=line.class_ja, en=line.class_en)),
        "prompt": {"from": str(one.prompt_from), "last": str(one.prompt), "reference": GUIDELINE},
        "final": {"days": line.final_report_days, "last": str(one.final), "reference": line.legal_basis},
    }
