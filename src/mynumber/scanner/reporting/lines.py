"""Finds as JSON lines, and as lines for people."""

from mynumber.scanner.finds import Find, Location, Unread

_SHORT = 12


def members_of(result: Find | Unread, *, reveal: bool) -> dict[str, object]:
    """Return the members of one JSON line."""
    if isinstance(result, Unread):
        return {"type": "unread", "path": result.path, "why": result.why}
    found: dict[str, object] = {
        "type": "find",
        "path": result.path,
        "location": result.location.members(),
        "kind": result.kind,
        "confidence": result.confidence.name.lower(),
        "reason": result.reason,
        "masked": result.masked,
    }
    return found | {"value": result.digits} if reveal else found


def line_of(result: Find | Unread, *, reveal: bool) -> str:
    """Return one line for people."""
    if isinstance(result, Unread):
        return f"{result.path}: unread: {result.why}"
    shown = result.digits if reveal else result.masked
    return f"{result.path}:{place_of(result.location)}: {result.confidence.name.lower()} {shown}  {result.reason}"


def place_of(location: Location) -> str:
    """Return a place in words."""
    commit = f" in commit {location.commit[:_SHORT]}" if location.commit else ""
    return _within(location) + commit


def _within(location: Location) -> str:
    if location.cell:
        return f"{location.sheet}!{location.cell}"
    if location.key:
        return location.key
    return f"page {location.page}" if location.page else f"{location.line}:{location.column}"
