"""Finds as SARIF 2.1.0, as code-scanning services take it; promises a place with a line for every result.

One result without a place, with an empty address or line 0, and a service refuses the whole file. So a find in a cell
or on a page stands at line 1 of its file and says the rest in words; addresses are relative and percent-encoded.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from urllib.parse import quote

from mynumber.law import Text
from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting import rulings
from mynumber.scanner.reporting.lines import place_of
from mynumber.scanner.reporting.reasons import in_language

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Confidence.POSSIBLE: "note", Confidence.LIKELY: "warning", Confidence.CERTAIN: "error"}
_RULES = {
    "my_number": ("MyNumber", Text(ja="個人番号がある", en="A My Number (個人番号) lies here")),
    "converted": (
        "ConvertedMyNumber",
        Text(ja="一定の規則で変換した個人番号がある", en="A regularly converted My Number lies here"),
    ),
    "code": ("Code", Text(ja="個人番号に代わる符号がある", en="Codes that stand for My Numbers lie here")),
}
_WHAT_TO_DO = Text(
    ja="削除するか、置いておく根拠があれば --baseline で承認する。",
    en="Remove it, or accept the find in a baseline if it may lawfully stay.",
)


def document(results: Iterable[Find | Unread], version: str, lang: str) -> dict[str, object]:
    """Return the SARIF document of a scan by this version of the program, its messages in one language."""
    found, notifications = [], []
    seen: Counter[tuple[str, str]] = Counter()
    for result in results:
        if isinstance(result, Unread):
            notifications.append(_notification(result, lang))
            continue
        seen[result.path, result.kind] += 1
        found.append(_result(result, seen[result.path, result.kind], lang))
    run = {
        "tool": {"driver": {"name": "mynumber scan", "version": version, "rules": list(_rules(lang))}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": found,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules(lang: str) -> Iterator[dict[str, object]]:
    for kind, (name, short) in _RULES.items():
        full = rulings.of_kind(kind).told(lang)
        yield {
            "id": kind,
            "name": name,
            "shortDescription": {"text": _in(short, lang)},
            "fullDescription": {"text": full},
            "help": {"text": f"{full} {rulings.of_keeping().told(lang)} {_in(_WHAT_TO_DO, lang)}"},
            "defaultConfiguration": {"level": "warning"},
        }


def _in(text: Text, lang: str) -> str:
    return text.ja if lang == "ja" else text.en


def _result(find: Find, number: int, lang: str) -> dict[str, object]:
    # The fingerprint has neither line nor digits: it stays the same when lines above change, and gives nothing away.
    sure, where = (in_language(one, lang) for one in (find.confidence.name.lower(), place_of(find.location)))
    ruling = rulings.of_find(find)
    place = json.dumps([find.path, find.kind, number], ensure_ascii=False)
    return {
        "ruleId": find.kind,
        "level": _LEVELS[find.confidence],
        "message": {"text": f"{sure}: {in_language(find.reason, lang)} ({where}). {ruling.told(lang)}"},
        "properties": {"law": ruling.members()},
        "locations": [_location(find.path, find.location.line, find.location.column)],
        "partialFingerprints": {"mynumberScan/v1": hashlib.sha256(place.encode()).hexdigest()[:32]},
    }


def _notification(unread: Unread, lang: str) -> dict[str, object]:
    return {
        "level": "warning",
        "message": {"text": f"{in_language('unread', lang)}: {unread.path}: {in_language(unread.why, lang)}"},
        "locations": [_location(unread.path, 1, 1)],
    }


def _location(path: str, line: int, column: int) -> dict[str, object]:
    region = {"startLine": line or 1, "startColumn": column or 1}
    return {"physicalLocation": {"artifactLocation": {"uri": address(path)}, "region": region}}


def address(path: str) -> str:
    """Return a path as a relative reference to the file that holds it; members of archives belong to the archive."""
    outer = path.split("!/", 1)[0]
    return quote(str(PurePosixPath(outer)).lstrip("/")) or "-"
