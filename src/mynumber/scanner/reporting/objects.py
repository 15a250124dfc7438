"""Finds as members of JSON lines; promises no digit that nobody asked for."""

from mynumber.scanner.finds import Find, Unread
from mynumber.scanner.reporting import rulings
from mynumber.scanner.reporting.reasons import in_language


def members_of(result: Find | Unread, lang: str, *, reveal: bool) -> dict[str, object]:
    """Return the members of one JSON line; what the law says of a find stands there in short."""
    if isinstance(result, Unread):
        return {"type": "unread", "path": result.path, "why": in_language(result.why, lang)}
    found: dict[str, object] = {
        "type": "find",
        "path": result.path,
        "location": result.location.members(),
        "kind": result.kind,
        "confidence": result.confidence.name.lower(),
        "reason": in_language(result.reason, lang),
        "masked": result.masked,
        "law": rulings.of_find(result).short(),
    }
    return found | {"value": result.digits} if reveal else found
