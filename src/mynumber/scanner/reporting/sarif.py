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

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.judging import Confidence
from mynumber.scanner.reporting.lines import place_of

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Confidence.POSSIBLE: "note", Confidence.LIKELY: "warning", Confidence.CERTAIN: "error"}
_RULES = {
    "my_number": (
        "MyNumber",
        "A My Number (個人番号) lies here",
        "Nobody may keep another person's My Number outside the cases of the law (My Number Act arts. 19 and 20).",
    ),
    "converted": (
        "ConvertedMyNumber",
        "A regularly converted My Number lies here",
        "A number obtained by regular conversion of a My Number is one in the wide sense (My Number Act art. 2(9)).",
    ),
    "code": (
        "Code",
        "Codes that stand for My Numbers lie here",
        "A code that is used in place of a My Number is one in the wide sense (My Number Act art. 2(9)).",
    ),
}


def document(results: Iterable[Find | Unread], version: str) -> dict[str, object]:
    """Return the SARIF document of a scan by this version of the program."""
    found, notifications = [], []
    seen: Counter[tuple[str, str]] = Counter()
    for result in results:
        if isinstance(result, Unread):
            notifications.append(_notification(result))
            continue
        seen[result.path, result.kind] += 1
        found.append(_result(result, seen[result.path, result.kind]))
    run = {
        "tool": {"driver": {"name": "mynumber scan", "version": version, "rules": list(_rules())}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": found,
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> Iterator[dict[str, object]]:
    for kind, (name, short, full) in _RULES.items():
        yield {
            "id": kind,
            "name": name,
            "shortDescription": {"text": short},
            "fullDescription": {"text": full},
            "help": {"text": f"{full} Remove it, or accept the find in a baseline if it may lawfully stay."},
            "defaultConfiguration": {"level": "warning"},
        }


def _result(find: Find, number: int) -> dict[str, object]:
    # The fingerprint has neither line nor digits: it stays the same when lines above change, and gives nothing away.
    place = json.dumps([find.path, find.kind, number], ensure_ascii=False)
    return {
        "ruleId": find.kind,
        "level": _LEVELS[find.confidence],
        "message": {"text": f"{find.confidence.name.lower()}: {find.reason} ({place_of(find.location)})"},
        "locations": [_location(find.path, find.location.line, find.location.column)],
        "partialFingerprints": {"mynumberScan/v1": hashlib.sha256(place.encode()).hexdigest()[:32]},
    }


def _notification(unread: Unread) -> dict[str, object]:
    return {
        "level": "warning",
        "message": {"text": f"not read: {unread.path}: {unread.why}"},
        "locations": [_location(unread.path, 1, 1)],
    }


def _location(path: str, line: int, column: int) -> dict[str, object]:
    region = {"startLine": line or 1, "startColumn": column or 1}
    return {"physicalLocation": {"artifactLocation": {"uri": address(path)}, "region": region}}


def address(path: str) -> str:
    """Return a path as a relative reference to the file that holds it; members of archives belong to the archive."""
    outer = path.split("!/", 1)[0]
    return quote(str(PurePosixPath(outer)).lstrip("/")) or "-"
