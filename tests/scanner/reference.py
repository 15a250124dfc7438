"""The scanner's rule of tokens a second time, plainly: one text, character by character, with regular expressions."""

import re

from mynumber.number.check_digits import my_number_check_digit

_CONNECTORS = "-./_"
_SEPARATORS = " " + _CONNECTORS
_SHAPES = (
    re.compile(r"(?<![0-9])[0-9]{12}(?![0-9])"),
    re.compile(r"(?<![0-9])[0-9]{4}(?P<s>[-./_ ])[0-9]{4}(?P=s)[0-9]{4}(?![0-9])"),
    re.compile(r"(?<![0-9])[0-9](?P<s>[-./_ ])(?:[0-9](?P=s)){10}[0-9](?![0-9])"),
    re.compile(r"(?<![0-9])[0-9]{4}%20[0-9]{4}%20[0-9]{4}(?![0-9])"),
)


def tokens(text: str) -> set[tuple[int, str, bool]]:
    """Return place, digits and whether the check digit is right of every token of a folded text."""
    found = set()
    for shape in _SHAPES:
        # Overlapping candidates are candidates too: a chain that is too long has several.
        for match in (shape.match(text, at) for at in range(len(text))):
            if match and not _continued(text, match):
                digits = "".join(c for c in match[0].replace("%20", "") if c.isdigit())
                passes = digits[-1] == str(my_number_check_digit(digits[:-1])) and digits.strip("0") != ""
                found.add((match.start(), digits, passes))
    return found


def _continued(text: str, match: re.Match[str]) -> bool:
    separator = match.groupdict().get("s")
    length = len(match[0].split(separator)[0]) if separator else 0
    if "%20" in match[0]:
        return False
    before = re.search(r"([0-9]+)([^0-9])$", text[: match.start()])
    after = re.match(r"([^0-9])([0-9]+)", text[match.end() :])
    for run, between in ((before and before[1], before and before[2]), (after and after[2], after and after[1])):
        if not run or not between:
            continue
        if separator is None and between in _CONNECTORS:
            return True
        if separator == between and (between in _CONNECTORS or len(run) == length):
            return True
    return False
