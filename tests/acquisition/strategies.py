"""Strategies for what an office asks: basic data, entries and batches. All persons are invented."""

from datetime import date

from hypothesis import strategies as st

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.messages import Entry, Request
from mynumber.number.my_number import MyNumber
from tests.number.strategies import numbers

_SIGNS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029")
lines = st.text(_SIGNS, min_size=1, max_size=30)

basics = st.builds(
    Basic,
    name=lines,
    kana=st.text(_SIGNS, max_size=30),
    birth=st.dates(date(1900, 1, 1), date(2026, 12, 31)).map(date.isoformat),
    sex=st.sampled_from(["female", "male"]),
    address=lines,
)
my_numbers = numbers.map(MyNumber)
entries = st.builds(Entry, acq=st.binary(min_size=16, max_size=16), number=my_numbers, basic=basics)
requests = st.builds(
    Request,
    ground=st.sampled_from(["107", "link-107", "link-2-2"]),
    record_epoch=st.integers(1, 999_999_999),
    lost=st.booleans(),
    entries=st.lists(entries, min_size=1, max_size=5, unique_by=lambda entry: entry.acq).map(tuple),
)
