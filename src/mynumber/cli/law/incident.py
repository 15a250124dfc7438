"""The start of an incident report from a scan: `mynumber scan ... --format json | mynumber law ask leak --given -`.

Promises to say which classes of leaks hold by the number of persons alone, which hold only if something is so that no
scan can know, and until when who must be told. A find is no leak: this is for the case that what was found got out.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mynumber.cli.law.speaking import both, in_language
from mynumber.cli.output import print_json, say
from mynumber.law.deciding.duties.deadlines import GUIDELINE, Deadline, deadlines
from mynumber.law.deciding.duties.leak import REPORT, LeakClass, LeakQuestion, classes_of
from mynumber.law.rulings import Text
from mynumber.law.statute import Law
from mynumber.law.wording.citing import citation
from mynumber.plumbing.errors import WrongUse

_TYPES = {"find", "unread", "summary", "error"}
# What a scan cannot know, and the answer that brings the class in.
_UNKNOWN: Mapping[str, object] = {
    "system": "user_body_system",
    "wrongful_purpose": True,
    "visible_to_unspecified_many": True,
}
_IF: Mapping[str, Text] = {
    "system": Text(
        ja="ネットワーク、個人番号を利用する機関のシステムまたは公的機関の関係事務システムから出た場合",
        en="if it came out of the network, a system of a body that uses numbers or a public body's system",
    ),
    "wrongful_purpose": Text(
        ja="不正の目的による場合（おそれを含む）", en="if done for a wrongful purpose, or likely so"
    ),
    "visible_to_unspecified_many": Text(
        ja="不特定多数の人が見られた場合（おそれを含む）",
        en="if an unspecified number of people could see it, or likely so",
    ),
}
_HOLDS = Text(ja="人数だけで該当", en="holds by the number of persons alone")
_NO_LEAK = Text(
    ja="見つかったことは、まだ漏えいではありません。"
    "ここに書くのは、見つかったものが外に出た場合、またはそのおそれがある場合のことです。"
    "高度な暗号化で守られたデータは、報告の対象になりません。",
    en="A find is no leak yet. This is for the case that what was found got out, or is likely to have. "
    "Data that were under advanced encryption need no report.",
)
_COUNTED = Text(
    ja="調べたファイル{files}個に、{persons}人分の番号（確実・可能性大）。"
    "可能性ありはさらに{possible}か所、読めなかったものは{unread}個",
    en="numbers of {persons} persons, certain or likely, in {files} files searched; "
    "{possible} more places are possible, {unread} were not read",
)
_TOLD = Text(
    ja="個人情報保護委員会への速報: {first}から{last}まで、確報: {final}まで。本人にも速やかに通知"
    "（{basis}; {guideline}）",
    en="the commission: first report {first} to {last}, final report until {final}; the persons promptly "
    "({basis}; {guideline})",
)
_MORE = Text(
    ja="決めるには次を書き足し、もう一度: mynumber law ask leak --given FILE",
    en="to decide, complete this and ask again: mynumber law ask leak --given FILE",
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan adds up to."""

    persons: int
    files: int
    possible: int
    unread: int


@dataclass(frozen=True, slots=True)
class _May:
    """A class with its deadlines, and the fact that brings it in; none if the number of persons does."""

    deadline: Deadline
    fact: str


def scanned(text: str) -> Scanned | None:
    """Return what the lines of a scan add up to, or None if the text is nothing of the kind."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = _members(lines[0]) if lines else {}
    if first.get("type") not in _TYPES and set(first) != {"error"}:
        return None
    last = _members(lines[-1])
    if last.get("type") != "summary":
        raise WrongUse("LAW_SCAN", "the scan has no summary: it failed or was cut", hint="its last line is the summary")
    try:
        persons, files, unread = (int(str(last[name])) for name in ("persons", "files", "unread"))
        possible = int(dict(last["finds"])["possible"])  # type: ignore[call-overload]
    except (KeyError, TypeError, ValueError) as problem:
        raise WrongUse("LAW_SCAN", "the summary of the scan lacks its counts", hint="scan --format json") from problem
    return Scanned(persons=persons, files=files, possible=possible, unread=unread)


def _members(line: str) -> Mapping[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def tell(found: Scanned, law: Law, known: date, *, lang: str, as_json: bool) -> int:
    """Print the start of the report; return 0 if no number was found and all was read, else 1."""
    classes = _classes(found, law, known)
    certain = [one for one in classes if not one.fact]
    if as_json:
        print_json(_document(found, classes, known))
    else:
        counts = {name: getattr(found, name) for name in ("persons", "files", "possible", "unread")}
        say(in_language(_COUNTED, lang).format(**counts))
        say(in_language(_NO_LEAK, lang))
        for one in classes:
            _say(one, lang)
        if classes and not certain:
            lines = (f"{name}: {json.dumps(value)}" for name, value in _given(found).items())
            say("\n".join((in_language(_MORE, lang), *lines)))
    return 1 if found.persons or found.possible or found.unread else 0


def _classes(found: Scanned, law: Law, known: date) -> Sequence[_May]:
    least = LeakQuestion(
        system="private_related_system",
        persons=found.persons,
        wrongful_purpose=False,
        visible_to_unspecified_many=False,
        advanced_encryption=False,
        action="no_report",
    )
    sure = {line.class_id for line in classes_of(least, law)}
    fact_of: dict[str, str] = {}
    for fact, value in _UNKNOWN.items():
        for line in classes_of(replace(least, **{fact: value}), law):  # type: ignore[arg-type]
            fact_of.setdefault(line.class_id, "" if line.class_id in sure else fact)
    lines = [line for line in law.tables.lines(LeakClass) if line.class_id in fact_of]
    return [_May(one, fact_of[one.leak_class.class_id]) for one in deadlines(known, lines)]


def _say(one: _May, lang: str) -> None:
    line = one.deadline.leak_class
    condition = in_language(_IF[one.fact] if one.fact else _HOLDS, lang)
    say(f"{line.class_id}  {in_language(Text(ja=line.class_ja, en=line.class_en), lang)}\n  {condition}")
    basis = in_language(citation(line.legal_basis), lang)
    days = {"first": one.deadline.prompt_from, "last": one.deadline.prompt, "final": one.deadline.final}
    say("  " + in_language(_TOLD, lang).format(**days, basis=basis, guideline=GUIDELINE))


def _given(found: Scanned) -> dict[str, object]:
    return {"persons": found.persons, "action": "no_report", "advanced_encryption": False} | dict.fromkeys(_UNKNOWN)


def _document(found: Scanned, classes: Sequence[_May], known: date) -> dict[str, object]:
    sure = [one.deadline.leak_class.class_id for one in classes if not one.fact]
    undecided = bool(classes or found.possible or found.unread)
    reason = f"must_report:{sure[0]}" if sure else "facts_missing" if undecided else "not_reportable"
    return {
        "expect": "refused" if sure else "undecidable" if undecided else "allowed",
        "reason": reason,
        "references": list(dict.fromkeys([*(one.deadline.leak_class.legal_basis for one in classes), REPORT])),
        "explanation": both(_NO_LEAK),
        "scan": {name: getattr(found, name) for name in ("persons", "files", "possible", "unread")},
        "known": str(known),
        "classes": [_class(one) for one in classes],
        "given": _given(found),
    }


def _class(one: _May) -> dict[str, object]:
    line = one.deadline.leak_class
    return {
        "class": line.class_id,
        "name": both(Text(ja=line.class_ja, en=line.class_en)),
        "if": both(_IF[one.fact]) if one.fact else None,
        "prompt": {"from": str(one.deadline.prompt_from), "last": str(one.deadline.prompt), "to": "commission"},
        "final": {"last": str(one.deadline.final), "to": "commission"},
        "notice": {"to": "persons", "when": "promptly"},
    }
