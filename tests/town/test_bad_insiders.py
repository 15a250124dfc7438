"""Insiders: whole inquiries that no store has seen, right to the last signature but for one lie (`forging`).

What is malformed, late, or signed by the wrong party leaves nothing anywhere. What the law refuses leaves one record at
the party that refused.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from mynumber.codes.permit import release_body, request, steps
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Form
from mynumber.codes.wire import B16, B32, Blob
from mynumber.exchange.context import Conditions, Entry
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json, b64
from tests.town import doors as town_doors
from tests.town import forging, genuine, traces
from tests.town.bending import at, bent, put
from tests.town.conftest import Served
from tests.town.doors import MIB, PLANTED, Doors, name_of
from tests.town.forging import ITEM, payload_of, start
from tests.town.genuine import (
    ACQUISITION,
    CONVERT,
    CONVERT_ON,
    COUNTS,
    ENROLLED,
    INQUIRE,
    OUTCOME,
    RELEASE,
    UNLINK,
    Call,
)
from tests.town.knocking import Answer, Door, refused

BUNDLES = (CONVERT, CONVERT_ON, RELEASE, INQUIRE, ENROLLED)


@pytest.fixture(scope="module")
def doors(served: Served) -> Iterator[Doors]:
    with town_doors.opened(served) as opened:
        yield opened


def now() -> int:
    """Return the time of the town."""
    return int(time.time())


def unseen(doors: Doors, call: Call, *, made: int | None = None) -> Json:
    """Return a body of this call that is right to the last signature, `made` at a time, now if not given."""
    then = now() if made is None else made
    forge, said = doors.forge, forging.said()
    if call is ENROLLED:
        return forge.released(forge.enrolment(now=then), now=then)
    message = forge.exchange(now=then, context=said)
    if call is CONVERT:
        return start(message)
    if call is CONVERT_ON:
        return forge.endorsed(start(message), "operator-1", now=then)
    if call is RELEASE:
        return forge.full(message, now=then)
    return {"bundle": forge.released(message, now=then), "context": b64(said)}


def at_once(doors: Doors, call: Call, data: bytes) -> list[Answer]:
    """Send the same bytes three times at the same time."""
    way = doors.of(call.server, call.client)
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda _: Door(way.port, way.credential).post(call.path, data), range(3)))


@pytest.mark.parametrize("call", BUNDLES, ids=name_of)
def test_a_bundle_with_a_member_of_another_type_is_refused(doors: Doors, call: Call) -> None:
    # The last checks of keeper and office, which a whole bundle of ours reaches, and the lie must not.
    last = {RELEASE: "UNKNOWN_TAG", ENROLLED: "ACQUISITION_UNKNOWN"}
    with doors.stores.gain():
        for how, lie in bent(unseen(doors, call)):
            assert refused(doors.post(call, lie), call=True) not in ("LAW_REFUSED", last.get(call)), how


@pytest.mark.parametrize("call", BUNDLES, ids=name_of)
def test_a_message_or_a_step_of_more_than_1_mib_is_refused(doors: Doors, call: Call) -> None:
    body, bundle = unseen(doors, call), ["bundle"] if call is INQUIRE else []
    places: list[list[str | int]] = [[*bundle, "message", "list"], [*bundle, "steps", 0, "legs", 0]]
    with doors.stores.gain():
        for place in places[: 1 if call is CONVERT else 2]:
            answer = doors.post(call, put(body, place, "A" * (MIB + 4)))
            assert refused(answer, call=True) == "BAD_ENCODING", place


def test_what_is_whole_reaches_the_last_check(doors: Doors) -> None:
    # Nobody's code: the operators cannot see it, so they endorse; the keeper never enrolled it.
    operators = {(name, table): 1 for name in ("operator-1", "operator-2") for table in ("requests", "log_entries")}
    keeper = {("keeper", "refusals"): 1, ("keeper", "log_entries"): 1, ("keeper", "counts"): 0}
    with doors.stores.gain({**operators, **keeper}):
        answers = at_once(doors, CONVERT, canonical.encode(unseen(doors, CONVERT)))
    assert {refused(answer, call=True) for answer in answers} == {"UNKNOWN_TAG"}
    # A code that city-a never asked for.
    with doors.stores.gain():
        assert refused(doors.post(ENROLLED, unseen(doors, ENROLLED)), call=True) == "ACQUISITION_UNKNOWN"


@pytest.mark.parametrize(
    ("call", "age", "code"),
    [
        (CONVERT, 302, "NOT_FRESH"),
        (CONVERT, -302, "NOT_FRESH"),
        (CONVERT_ON, 302, "PERMIT_EXPIRED"),
        (CONVERT_ON, -90, "PERMIT_EXPIRED"),
        (RELEASE, 602, "PERMIT_EXPIRED"),
        (RELEASE, -90, "PERMIT_EXPIRED"),
        (INQUIRE, 602, "PERMIT_EXPIRED"),
        (INQUIRE, -90, "PERMIT_EXPIRED"),
        (ENROLLED, 3602, "PERMIT_EXPIRED"),
        (ENROLLED, -90, "PERMIT_EXPIRED"),
    ],
    ids=str,
)
def test_what_is_too_old_or_of_the_future_is_refused(doors: Doors, call: Call, age: int, code: str) -> None:
    with doors.stores.gain():
        assert refused(doors.post(call, unseen(doors, call, made=now() - age)), call=True) == code


# Signatures.

SIGNED: Mapping[Call, tuple[Sequence[str | int], str, str]] = {
    CONVERT: (["message", "request"], request.TYP, "city-a"),
    CONVERT_ON: (["endorsements", 0], steps.TYP, "operator-1"),
    RELEASE: (["endorsements", 1], steps.TYP, "operator-2"),
    INQUIRE: (["bundle", "release", "jws"], release_body.TYP, "keeper"),
    ENROLLED: (["message", "request"], request.TYP, "register"),
    OUTCOME: ([], forms.Outcome.TYP, "pension"),
    UNLINK: ([], forms.Unlink.TYP, "city-a"),
    COUNTS: ([], forms.OfficeCounts.TYP, "city-a"),
}


@pytest.mark.parametrize("call", SIGNED, ids=name_of)
def test_what_somebody_else_signed_is_refused(doors: Doors, call: Call) -> None:
    place, typ, party = SIGNED[call]
    body = unseen(doors, call) if call in BUNDLES else doors.sent[call]
    signer, other = doors.forge.signer(party), doors.forge.signer("city-b")
    with doors.stores.gain():
        told = {
            how: (refused(doors.post(call, put(body, place, lie)), call=True), code)
            for how, (lie, code) in forging.ill_signed(at(body, place), typ, signer, other).items()
        }
    assert {how: got for how, (got, _) in told.items()} == {how: code for how, (_, code) in told.items()}


@pytest.mark.parametrize("call", [call for call in SIGNED if call in BUNDLES], ids=name_of)
def test_a_party_that_signs_nonsense_is_refused(doors: Doors, call: Call) -> None:
    place, typ, party = SIGNED[call]
    body, signer = unseen(doors, call), doors.forge.signer(party)
    with doors.stores.gain():
        for how, lie in bent(payload_of(at(body, place), typ)):
            answer = doors.post(call, put(body, place, forging.says(lie, typ, signer)))
            assert refused(answer, call=True) not in ("LAW_REFUSED", "UNKNOWN_TAG", "ACQUISITION_UNKNOWN"), how


def own_forms(doors: Doors) -> list[tuple[Call, str, Form]]:
    """Return a form that each addressee takes from each who owes it one: (call, signer, form)."""
    network, permit = doors.served.town.network, B32(bytes(32))

    def counted(party: str, kind: type[Form]) -> Form:
        query = "SELECT form FROM counts WHERE party = ? ORDER BY month DESC"
        form = doors.served.evidence.rows("supervisor", query, (party,))[0][0]
        assert isinstance(form, bytes)
        return forms.open_form(kind, canonical.decode(form), doors.forge.directory.signer(party), network)

    unlink = forms.Unlink(v=1, network=network, agency="city-a", acq=B16(bytes(16)), reason="no")
    disclosed = forms.Disclose(v=1, network=network, permit=permit, entry=0, seed=permit, row=Blob(b"row"))
    return [
        (OUTCOME, "pension", forms.Outcome(v=1, network=network, permit=permit, provided=now(), results=("ok",))),
        (OUTCOME, "supervisor", disclosed),
        (UNLINK, "city-a", unlink),
        (COUNTS, "city-a", counted("city-a", forms.OfficeCounts)),
        (COUNTS, "operator-1", counted("operator-1", forms.OperatorCounts)),
        (COUNTS, "keeper", counted("keeper", forms.KeeperCounts)),
    ]


def test_a_party_that_signs_a_nonsense_form_is_refused(doors: Doors) -> None:
    with doors.stores.gain():
        for call, party, form in own_forms(doors):
            signer = doors.forge.signer(party)
            for how, lie in bent(payload_of(forms.sign_form(form, signer), form.TYP)):
                # Who counts a line twice says something odd, and nothing malformed.
                if not how.endswith("counts+again"):
                    assert refused(doors.post(call, forging.says(lie, form.TYP, signer), by=party), call=True), how


def test_a_form_for_another_network_or_about_another_office_is_refused(doors: Doors) -> None:
    with doors.stores.gain():
        for call, party, form in own_forms(doors):
            signed = forms.sign_form(form, doors.forge.signer(party))
            lie = {**payload_of(signed, form.TYP), "network": "elsewhere"}
            answer = doors.post(call, forging.says(lie, form.TYP, doors.forge.signer(party)), by=party)
            assert refused(answer, call=True) == "PERMIT_MISMATCH", (call, party)
        lie = {**payload_of(doors.sent[UNLINK], forms.Unlink.TYP), "agency": "city-b"}
        answer = doors.post(UNLINK, forging.says(lie, forms.Unlink.TYP, doors.forge.signer("city-a")))
        assert refused(answer, call=True) == "PERMIT_MISMATCH"


def test_a_form_of_more_than_128_kib_is_refused(doors: Doors) -> None:
    line: Json = {"from": "city-a", "to": "pension", "kind": "exchange", "recorded": 0, "answered": 0}
    said: dict[str, Json] = {**payload_of(doors.sent[COUNTS], forms.OfficeCounts.TYP), "counts": [line] * 2000}
    with doors.stores.gain():
        answer = doors.post(COUNTS, forging.says(said, forms.OfficeCounts.TYP, doors.forge.signer("city-a")))
        assert refused(answer, call=True) == "BAD_ENCODING"


# Contexts: only asker and provider see them, so only the provider can refuse them.


def test_a_lie_in_a_context_is_refused_by_the_provider(doors: Doors) -> None:
    salt, text = bytes(32), forging.said()[32:]
    entry = Entry((ITEM,), Conditions())
    lies = {
        "no_salt": b"",
        "no_context": salt,
        "not_utf_8": salt + text.replace("こ".encode(), b"\x82"),
        "half_a_pair": salt + text.replace("こ".encode(), b"\\ud800"),
        "member_twice": salt + b'{"v":1,' + text[1:],
        "a_member_more": salt + text[:-1] + b',"z":1}',
        "blanks": salt + text.replace(b":", b": "),
        "another_version": salt + text.replace(b'"v":1', b'"v":2'),
        "two_entries": forging.said(entry, entry),
        "no_entry": salt + text[: text.index(b'"entries":')] + b'"entries":[]}',
        "an_item_not_in_the_request": forging.said(Entry(("pension/child",), Conditions())),
        "half_a_period": salt + text.replace(b'"conditions":{}', b'"conditions":{"from":"2026-01-01"}'),
        "a_year_as_text": salt + text.replace(b'"conditions":{}', b'"conditions":{"fiscal_year":"2026"}'),
        "deep": salt + b"[" * 40_000,
        "more_than_64_kib": salt + text[:-1] + b" " * 65_536 + b"}",
    }
    with doors.stores.gain():
        for how, context in lies.items():
            message = doors.forge.exchange(now=now(), context=context)
            body: Json = {"bundle": doors.forge.released(message, now=now()), "context": b64(context)}
            assert refused(doors.post(INQUIRE, body), call=True) == "PERMIT_MISMATCH", how


# What was ruled on before, altered.


def test_a_known_request_with_another_permit_is_refused(doors: Doors) -> None:
    forge, sent = doors.forge, doors.sent
    message = request.open_message(at(sent[CONVERT], ["message"]))
    proof = at(sent[CONVERT], ["message", "proof"])
    assert isinstance(proof, str)
    other = forge.released(message, now=now())
    enrolled = request.open_message(at(sent[ENROLLED], ["message"]))
    issued = request.read_body(enrolled).created
    lies = [
        (CONVERT, put(sent[CONVERT], ["message", "proof"], proof[::-1][:85] + "A"), "REPLAYED"),
        (CONVERT_ON, forge.endorsed(start(message), "operator-1", now=now()), "REPLAYED"),
        (RELEASE, forge.full(message, now=now()), "REPLAYED"),
        (INQUIRE, put(sent[INQUIRE], ["bundle"], other), "PERMIT_USED"),
        (INQUIRE, put(sent[INQUIRE], ["context"], b64(forging.said())), "PERMIT_MISMATCH"),
        (ENROLLED, forge.released(enrolled, now=issued), "PERMIT_USED"),
        (ACQUISITION, put(sent[ACQUISITION], ["entries", 0, "address"], PLANTED[1]), "REPLAYED"),
        (ACQUISITION, genuine.acquisition(doors.served, lost=True), "REPLAYED"),
        (OUTCOME, _other_outcome(doors), "PERMIT_USED"),
    ]
    with doors.stores.gain():
        told = [(call, refused(doors.post(call, body), call=True)) for call, body, _ in lies]
    assert told == [(call, code) for call, _, code in lies]


def _other_outcome(doors: Doors) -> Json:
    said = payload_of(doors.sent[OUTCOME], forms.Outcome.TYP)
    results: list[Json] = ["not-available" if result == "ok" else "ok" for result in said["results"]]  # type: ignore[union-attr]
    return forging.says({**said, "results": results}, forms.Outcome.TYP, doors.forge.signer("pension"))


# What the law refuses: one record at the party that refused, however often it comes.


def unlawful(doors: Doors, call: Call) -> tuple[Json, str, dict[tuple[str, str], int]]:
    """Return a body, its refusal, and the rows that it leaves."""
    forge, said, then = doors.forge, forging.said(), now()
    left = {(call.server, "refusals"): 1, (call.server, "log_entries"): 1}
    if call is ACQUISITION:
        asked = put(genuine.acquisition(doors.served, ground="9999"), ["entries", 0, "acq"], b64(os.urandom(16)))
        return asked, "LAW_REFUSED", {("register", "refusals"): 1}
    if call is CONVERT:
        return start(forge.exchange(now=then, procedure="link-106")), "LAW_REFUSED", left
    message = forge.exchange(now=then, context=said)
    if call is RELEASE:
        return forge.full(message, now=then), "UNKNOWN_TAG", {**left, ("keeper", "counts"): 0}
    # Operators that rule by a table which the supervisor never published.
    law = forge.own_law()
    if call is CONVERT_ON:
        return forge.endorsed(start(message), "operator-1", now=then, laws=law), "LAW_REFUSED", left
    return {"bundle": forge.released(message, now=then, laws=law), "context": b64(said)}, "LAW_REFUSED", left


@pytest.mark.parametrize("call", [CONVERT, CONVERT_ON, RELEASE, INQUIRE, ACQUISITION], ids=name_of)
def test_a_legal_refusal_leaves_one_record_however_often_it_comes(doors: Doors, call: Call) -> None:
    body, code, left = unlawful(doors, call)
    data = canonical.encode(body)
    with doors.stores.gain(left):
        answers = [*at_once(doors, call, data), doors.post(call, data)]
    assert {refused(answer, call=True) for answer in answers} == {code}
    assert len(set(answers)) == 1


def test_no_journal_tells_what_insiders_said(doors: Doors) -> None:
    person = doors.served.cast.recipient
    assert traces.journals_tell(doors.served.town, (*PLANTED, person.name, person.address)) == []
