"""The messages between office and register: every type and size, and no number or name in an error or a repr."""

import traceback

import pytest
from hypothesis import given

from mynumber.acquisition.messages import (
    MAX_ENTRIES,
    Request,
    read_answer,
    read_request,
    write_answer,
    write_request,
)
from mynumber.codes.errors import ProtocolError
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64
from tests.acquisition.strategies import requests

NUMBER = "123456789018"
ENTRY: dict[str, Json] = {
    "acq": b64(bytes(16)),
    "number": NUMBER,
    "name": "花房咲",
    "kana": "ハナブササキ",
    "birth": "1988-02-29",
    "sex": "female",
    "address": "見本県甲野市灯1-2",
}
BODY: dict[str, Json] = {"v": 1, "ground": "link-107", "record_epoch": 1, "lost": False, "entries": [ENTRY]}


@given(requests)
def test_a_request_comes_back_as_it_was_written(request: Request) -> None:
    assert read_request(canonical.decode(canonical.encode(write_request(request)))) == request


@given(requests)
def test_a_repr_shows_neither_number_nor_person(request: Request) -> None:
    shown = repr(request)
    for entry in request.entries:
        assert entry.number.digits() not in shown
        assert "basic=" not in shown


def test_the_largest_batch_is_read_and_one_more_refused() -> None:
    entries: list[Json] = [{**ENTRY, "acq": b64(i.to_bytes(16, "big"))} for i in range(MAX_ENTRIES + 1)]
    assert len(read_request({**BODY, "entries": entries[:-1]}).entries) == MAX_ENTRIES
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        read_request({**BODY, "entries": entries})


@pytest.mark.parametrize(
    "change",
    [
        {"v": True},
        {"v": 2},
        {"ground": ""},
        {"ground": "self-information"},
        {"ground": f"link-{NUMBER}"},
        {"record_epoch": 0},
        {"lost": 0},
        {"lost": "no"},
        {"entries": []},
        {"entries": [ENTRY, ENTRY]},
        {"entries": ENTRY},
        {NUMBER: 1},
    ],
)
def test_a_malformed_request_is_refused(change: dict[str, Json]) -> None:
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        read_request({**BODY, **change})


@pytest.mark.parametrize("missing", BODY)
def test_a_request_without_a_member_is_refused(missing: str) -> None:
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        read_request({name: value for name, value in BODY.items() if name != missing})


@pytest.mark.parametrize(
    "change",
    [
        {"acq": b64(bytes(15))},
        {"acq": b64(bytes(16)) + "="},
        {"number": 123456789018},
        {"number": "1234 5678 9018"},
        {"number": "１２３４５６７８９０１８"},
        {"number": "123456789012"},
        {"number": "000000000000"},
        {"sex": NUMBER},
        {"birth": NUMBER},
        {NUMBER: NUMBER},
    ],
)
def test_a_malformed_entry_is_refused_and_nothing_of_it_is_told(change: dict[str, Json]) -> None:
    with pytest.raises(ProtocolError, match="BAD_ENCODING") as caught:
        read_request({**BODY, "entries": [{**ENTRY, **change}]})
    told = "".join(traceback.format_exception(caught.value))
    assert NUMBER not in told
    assert "花房" not in told


def test_answers_have_one_result_an_entry() -> None:
    answer = write_answer(("accepted", "no-match"))
    assert read_answer(answer, 2) == ("accepted", "no-match")
    for count in (1, 3):
        with pytest.raises(ProtocolError, match="BAD_ENCODING"):
            read_answer(answer, count)
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        read_answer({"v": 1, "results": ["review"]}, 1)
