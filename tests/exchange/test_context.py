"""A context travels as it was written; what is no context of the request is refused, whatever is wrong with it."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.codes.errors import ProtocolError
from mynumber.exchange import context as contexts
from mynumber.exchange.context import MAX_CONTEXT, SALT_SIZE, Conditions, Context, Entry
from mynumber.plumbing.errors import BadInput

SALT = bytes(range(SALT_SIZE))
ITEMS = ("pension/recipient", "local_tax")

lines = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
years = st.builds(Conditions, fiscal_year=st.integers(1900, 2200))
periods = st.lists(st.dates(), min_size=2, max_size=2).map(
    lambda days: Conditions(from_=min(days).isoformat(), to=max(days).isoformat())
)
entries = st.builds(
    Entry,
    st.lists(st.sampled_from(sorted(ITEMS)), min_size=1, unique=True).map(lambda items: tuple(sorted(items))),
    st.just(Conditions()) | years | periods,
)
written = st.builds(
    Context,
    v=st.just(1),
    officer=st.from_regex(r"\A[a-z0-9-]{1,32}\Z"),
    department=lines,
    case=lines,
    reason=lines,
    entries=st.lists(entries, min_size=1, max_size=4).map(tuple),
)


def plain(**changed: object) -> dict[str, object]:
    """Return the members of a context, some of them changed."""
    entry = {"items": list(ITEMS[:1]), "conditions": {}}
    members = {"v": 1, "officer": "hanako", "department": "Child Support", "case": "c1", "reason": "claim 5"}
    return {**members, "entries": [entry], **changed}


def with_conditions(**conditions: object) -> dict[str, object]:
    return plain(entries=[{"items": list(ITEMS[:1]), "conditions": conditions}])


def bytes_of(members: object) -> bytes:
    """Return members as they travel, with the salt before them."""
    return SALT + json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def read(data: bytes, *, count: int = 1, items: tuple[str, ...] = ITEMS) -> Context:
    return contexts.read(data, count=count, items=items)


def refused(data: bytes, *, count: int = 1, items: tuple[str, ...] = ITEMS) -> str:
    with pytest.raises(ProtocolError) as caught:
        read(data, count=count, items=items)
    return caught.value.code


# What is written is read.


@given(written, st.binary(min_size=SALT_SIZE, max_size=SALT_SIZE))
def test_a_context_is_read_as_it_was_written(context: Context, salt: bytes) -> None:
    data = contexts.write(context, salt)
    assert data[:SALT_SIZE] == salt
    assert read(data, count=len(context.entries)) == context


def test_a_context_as_the_papers_show_it_is_read() -> None:
    context = read(bytes_of(with_conditions(fiscal_year=2025)))
    assert context.entries == (Entry(ITEMS[:1], Conditions(fiscal_year=2025)),)
    assert (context.officer, context.department, context.case, context.reason) == (
        "hanako",
        "Child Support",
        "c1",
        "claim 5",
    )


# Dates.


@given(st.dates(), st.dates())
def test_a_period_ends_where_it_begins_or_later(one: date, other: date) -> None:
    given_so = with_conditions(**{"from": one.isoformat(), "to": other.isoformat()})
    if one <= other:
        assert read(bytes_of(given_so)).entries[0].conditions.to == other.isoformat()
    else:
        assert refused(bytes_of(given_so)) == "PERMIT_MISMATCH"


@pytest.mark.parametrize(
    "day",
    [
        "2025-13-01",
        "2025-00-01",
        "2025-02-29",
        "2025-04-31",
        "2025-01-00",
        "0000-01-01",
        "２０２５-0１-01",
        "٢٠٢٥-٠١-٠١",
        "2025-1-1",
        "20250101",
        "2025-W01-1",
        "2025-01-01T00",
        "2025-01-01\n",
        " 2025-01-01",
        "-025-01-01",
        "",
    ],
)
def test_what_is_no_day_of_the_calendar_is_refused(day: str) -> None:
    for name, other in (("from", {"to": "9999-12-31"}), ("to", {"from": "0001-01-01"})):
        assert refused(bytes_of(with_conditions(**{name: day}, **other))) == "PERMIT_MISMATCH"


@given(st.text("0123456789-", min_size=10, max_size=10) | st.from_regex(r"\A\d{4}-\d{2}-\d{2}\Z"))
def test_a_day_is_what_the_calendar_prints(day: str) -> None:
    data = bytes_of(with_conditions(**{"from": day, "to": day}))
    try:
        known = date.fromisoformat(day).isoformat() == day
    except ValueError:
        known = False
    if known:
        assert read(data).entries[0].conditions.from_ == day
    else:
        assert refused(data) == "PERMIT_MISMATCH"


# Refusals.


@pytest.mark.parametrize(
    "conditions",
    [
        {"from": "2025-01-01"},
        {"to": "2025-01-01"},
        {"fiscal_year": 2025, "from": "2025-01-01", "to": "2025-12-31"},
        {"fiscal_year": "2025"},
        {"fiscal_year": True},
        {"fiscal_year": 2025.0},
        {"fiscal_year": 1899},
        {"fiscal_year": 2201},
        {"fiscal_year": None},
        {"year": 2025},
        {"from_": "2025-01-01", "to": "2025-12-31"},
        {"from": 20250101, "to": 20251231},
    ],
)
def test_conditions_are_nothing_a_fiscal_year_or_a_period(conditions: dict[str, object]) -> None:
    assert refused(bytes_of(with_conditions(**conditions))) == "PERMIT_MISMATCH"


@pytest.mark.parametrize("name", list(plain()))
def test_every_member_is_needed(name: str) -> None:
    members = plain()
    del members[name]
    assert refused(bytes_of(members)) == "PERMIT_MISMATCH"


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2},
        {"v": "1"},
        {"officer": "Hanako"},
        {"officer": ""},
        {"officer": "h" * 33},
        {"department": ""},
        {"department": "d" * 1001},
        {"case": ""},
        {"reason": ""},
        {"reason": "r" * 1001},
        {"reason": None},
        {"note": "x"},
        {"entries": []},
        {"entries": {}},
        {"entries": [{"items": [], "conditions": {}}]},
        {"entries": [{"items": ["pension/recipient"]}]},
        {"entries": [{"items": ["pension/recipient"], "conditions": {}, "person": "r1"}]},
    ],
)
def test_what_a_member_cannot_be_is_refused(changed: dict[str, object]) -> None:
    assert refused(bytes_of(plain(**changed))) == "PERMIT_MISMATCH"


@pytest.mark.parametrize(("count", "items"), [(0, ITEMS), (2, ITEMS), (1, ()), (1, ITEMS[1:])])
def test_entries_and_items_are_those_of_the_request(count: int, items: tuple[str, ...]) -> None:
    assert refused(bytes_of(plain()), count=count, items=items) == "PERMIT_MISMATCH"


@pytest.mark.parametrize(
    "bend",
    [
        lambda text: b"",
        lambda text: text[:-1],
        lambda text: text + b" ",
        lambda text: text.replace(b":1,", b": 1,", 1),
        lambda text: text.replace(b'"v":1,', b"").replace(b"}]}", b'}],"v":1}'),
        lambda text: text.replace(b'"v":1', b'"v":1,"v":1'),
        lambda text: text.replace(b"claim", b"cl\\u0061im"),
        lambda text: text.replace(b"claim", b"\\ud800"),
        lambda text: text.replace(b"claim", b"\xff"),
        lambda text: b"\xef\xbb\xbf" + text,
        lambda text: b"[" * 100_000,
        lambda text: text.replace(b"[{", b"[" * 50_000 + b"{"),
    ],
)
def test_only_the_bytes_that_were_written_are_a_context(bend: Callable[[bytes], bytes]) -> None:
    text = bytes_of(plain())[SALT_SIZE:]
    assert contexts.write(read(SALT + text), SALT) == SALT + text
    assert refused(SALT + bend(text)) == "PERMIT_MISMATCH"


def test_a_salt_alone_or_less_is_refused() -> None:
    for data in (b"", SALT[:-1], SALT):
        assert refused(data) == "PERMIT_MISMATCH"


def of_size(size: int) -> Context:
    """Return a context that takes `size` bytes with its salt."""
    one = Entry(ITEMS[:1], Conditions())
    context = Context(v=1, officer="hanako", department="d", case="c", reason="r", entries=(one,))
    single = len(contexts.write(context, SALT))
    each = len(contexts.write(Context(1, "hanako", "d", "c", "r", (one, one)), SALT)) - single
    more, rest = divmod(size - single, each)
    return Context(1, "hanako", "d" * (rest + 1), "c", "r", (one,) * (more + 1))


def test_a_context_has_64_kib_at_most() -> None:
    largest = of_size(MAX_CONTEXT)
    data = contexts.write(largest, SALT)
    assert len(data) == MAX_CONTEXT
    assert read(data, count=len(largest.entries)) == largest
    with pytest.raises(BadInput) as caught:
        contexts.write(of_size(MAX_CONTEXT + 1), SALT)
    assert caught.value.code == "TOO_LARGE"
    assert caught.value.hint
    longer = data.replace(b'"d', b'"dd', 1)
    assert refused(longer, count=len(largest.entries)) == "PERMIT_MISMATCH"
