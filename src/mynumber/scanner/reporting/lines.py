"""Finds as lines for people, in Japanese and English."""

from mynumber.scanner.finds import Find, Location, Unread
from mynumber.scanner.reporting.reasons import in_language

_SHORT = 12


def line_of(result: Find | Unread, lang: str, *, reveal: bool) -> str:
    """Return one line for people."""
    if isinstance(result, Unread):
        return f"{visible(result.path)}: {in_language('unread', lang)}: {in_language(result.why, lang)}"
    shown = result.digits if reveal else result.masked
    sure = in_language(result.confidence.name.lower(), lang)
    place = in_language(place_of(result.location), lang)
    return f"{visible(result.path)}:{place}: {sure} {shown}  {in_language(result.reason, lang)}"


def place_of(location: Location) -> str:
    """Return a place in words."""
    commit = f" in commit {location.commit[:_SHORT]}" if location.commit else ""
    return _within(location) + commit


def visible(path: str) -> str:
    """Return a path of which no character ends a line or speaks to a terminal."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in path)


def _within(location: Location) -> str:
    if location.cell:
        return f"{location.sheet}!{location.cell}"
    if location.key:
        return location.key
    return f"page {location.page}" if location.page else f"{location.line}:{location.column}"
