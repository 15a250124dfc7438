"""Forms: each opened only as what it is, from whom it must be, for this network; nothing personal in a repr."""

from collections.abc import Callable

import msgspec
import pytest

from mynumber.codes import jws, wire
from mynumber.codes.errors import ProtocolError
from mynumber.codes.records import forms
from mynumber.codes.records.forms import Acquire, Form, KeeperCounts, OfficeCounts, OperatorCounts
from mynumber.codes.wire import B16, B32, Blob
from mynumber.plumbing import canonical
from tests.codes import vectors
from tests.codes.ceremony import Town, raw
from tests.codes.vectors import Call

TOWN = Town.of()
SIGNER = ("ward", jws.public_key(TOWN.agencies["ward"].sign))
SECRET = ("ward", TOWN.agencies["ward"].sign)
NEGATIVE = vectors.calls(vectors.file().negative, "open_form", vectors.Form)
IN_WORLDS = [(index, form) for index, world in enumerate(vectors.file().worlds) for form in world.forms]

PERMIT = B32(raw("permit", 32))
replace = msgspec.structs.replace

EXAMPLES: list[Form] = [
    forms.Acquired(v=1, network="test", permit=PERMIT, results=("stored", "refused")),
    forms.Unlink(v=1, network="test", agency="ward", acq=B16(bytes(16)), reason="wrong person"),
    forms.Outcome(v=1, network="test", permit=PERMIT, provided=1, results=("ok", "not-available")),
    forms.Answer(v=1, network="test", permit=PERMIT, sealed=B32(bytes(32))),
    forms.Acquire(v=1, network="test", permit=PERMIT, entry=0, basic=Blob('{"name":"影山"}'.encode())),
    forms.Disclose(v=1, network="test", permit=PERMIT, entry=0, seed=B32(raw("seed", 32)), row=Blob(b"{}")),
    forms.Rotation(v=1, network="test", agency="ward", old=1, new=2, delta=B32(raw("delta", 32))),
    OperatorCounts(
        v=1, network="test", month="2026-09", counts=(forms.Endorsed(agency="ward", kind="read", endorsed=0),)
    ),
    KeeperCounts(
        v=1,
        network="test",
        month="2026-12",
        counts=(forms.Released(agency="ward", kind="self", released=2, refused=0, rows=1, hidden=1),),
    ),
    OfficeCounts(
        v=1,
        network="test",
        month="2026-01",
        counts=(forms.Recorded(from_="ward", to="pension", kind="exchange", recorded=1, answered=0),),
    ),
]


def label(form: Form) -> str:
    return type(form).__name__


@pytest.mark.parametrize(("index", "vector"), IN_WORLDS, ids=[f"{i}-{form.typ}-{form.kid}" for i, form in IN_WORLDS])
def test_the_forms_of_the_worlds(index: int, vector: vectors.Form) -> None:
    world, directory = vectors.file().worlds[index], vectors.directory(index)
    form = forms.open_named(vector.typ, vector.jws, directory.signer(vector.kid), world.network)
    assert canonical.encode(wire.plain(form)) == canonical.encode(vector.members)
    assert forms.sign_form(form, (vector.kid, world.signing[vector.kid])) == vector.jws


@pytest.mark.parametrize(("call", "args"), NEGATIVE, ids=vectors.names(NEGATIVE))
def test_a_lie_is_named(call: Call, args: vectors.Form) -> None:
    with pytest.raises(ProtocolError) as refused:
        forms.open_named(args.typ, args.jws, vectors.directory(0).signer(args.kid), vectors.file().worlds[0].network)
    assert refused.value.code == call.error


def test_every_kind_has_an_example() -> None:
    assert [type(form) for form in EXAMPLES] == list(forms.KINDS)


@pytest.mark.parametrize("form", EXAMPLES, ids=label)
def test_a_form_comes_back(form: Form) -> None:
    whole = forms.sign_form(form, SECRET)
    assert forms.open_form(type(form), whole, SIGNER, "test") == form
    assert forms.open_named(form.TYP, whole, SIGNER, "test") == form


@pytest.mark.parametrize("form", EXAMPLES, ids=label)
def test_a_form_is_for_one_network_from_one_signer_of_one_type(form: Form) -> None:
    other = ("pension", TOWN.agencies["pension"].sign)
    other_type = next(one for one in EXAMPLES if one.TYP != form.TYP)
    open_it: Callable[[object], Form] = lambda whole: forms.open_form(type(form), whole, SIGNER, "test")  # noqa: E731
    for whole, name in [
        (forms.sign_form(replace(form, network="other"), SECRET), "PERMIT_MISMATCH"),
        (forms.sign_form(form, other), "SIGNATURE_SET"),
        (forms.sign_form(form, ("ward", other[1])), "BAD_SIGNATURE"),
        (forms.sign_form(other_type, SECRET), "WRONG_TYPE"),
        (jws.sign({**members(form), "more": 1}, form.TYP, [SECRET]), "BAD_ENCODING"),
        (jws.sign({**members(form), "v": True}, form.TYP, [SECRET]), "BAD_ENCODING"),
    ]:
        with pytest.raises(ProtocolError) as refused:
            open_it(whole)
        assert refused.value.code == name


def members(form: Form) -> dict[str, canonical.Json]:
    plain = wire.plain(form)
    assert isinstance(plain, dict)
    return plain


def by_type(typ: type[Form]) -> Form:
    return next(form for form in EXAMPLES if type(form) is typ)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (forms.Acquired, {"results": []}),
        (forms.Acquired, {"results": ["stored"] * 4097}),
        (forms.Outcome, {"results": ["withheld"]}),
        (forms.Outcome, {"provided": -1}),
        (forms.Unlink, {"acq": "AA"}),
        (forms.Unlink, {"reason": ""}),
        (forms.Unlink, {"reason": "x" * 129}),
        (forms.Answer, {"sealed": None}),
        (forms.Acquire, {"entry": 4096}),
        (forms.Acquire, {"entry": True}),
        (forms.Acquire, {"basic": canonical.b64(b"{")}),
        (forms.Acquire, {"basic": canonical.b64(b'"\xff"')}),
        (forms.Acquire, {"basic": canonical.b64(b'"' + b"x" * 6143 + b'"')}),
        (forms.Rotation, {"old": 0}),
        (forms.Disclose, {"row": 1}),
        (OperatorCounts, {"month": "2026-13"}),
        (OperatorCounts, {"month": "2026-9"}),
        (OperatorCounts, {"counts": [{"agency": "ward", "kind": "ask", "endorsed": 1}]}),
    ],
    ids=str,
)
def test_members_have_their_limits(kind: type[Form], change: dict[str, canonical.Json]) -> None:
    with pytest.raises(ProtocolError) as refused:
        forms.open_form(kind, jws.sign({**members(by_type(kind)), **change}, kind.TYP, [SECRET]), SIGNER, "test")
    assert refused.value.code == "BAD_ENCODING"


def test_basic_data_up_to_8192_characters() -> None:
    longest = Blob(b'"' + b"x" * 6142 + b'"')
    assert len(canonical.b64(longest)) == 8192
    form = replace(by_type(Acquire), basic=longest)
    assert forms.open_form(Acquire, forms.sign_form(form, SECRET), SIGNER, "test") == form


def test_counts_are_of_one_sort() -> None:
    operators, keeper = by_type(OperatorCounts), by_type(KeeperCounts)
    mixed = {**members(operators), "counts": [*members(operators)["counts"], *members(keeper)["counts"]]}  # type: ignore[misc]
    with pytest.raises(ProtocolError) as refused:
        forms.open_named(OperatorCounts.TYP, jws.sign(mixed, OperatorCounts.TYP, [SECRET]), SIGNER, "test")
    assert refused.value.code == "BAD_ENCODING"
    with pytest.raises(ProtocolError):
        forms.open_form(KeeperCounts, forms.sign_form(operators, SECRET), SIGNER, "test")


def test_an_unknown_type_is_a_wrong_one() -> None:
    with pytest.raises(ProtocolError) as refused:
        forms.open_named("mnc-law+json", forms.sign_form(EXAMPLES[0], SECRET), SIGNER, "test")
    assert refused.value.code == "WRONG_TYPE"


@pytest.mark.parametrize("kind", [forms.Acquire, forms.Disclose, forms.Rotation])
def test_what_is_secret_or_personal_is_not_shown(kind: type[Form]) -> None:
    form = by_type(kind)
    assert repr(form) == str(form) == f"{kind.__name__}(...)"


def test_a_refusal_of_basic_data_has_no_cause_that_shows_it() -> None:
    whole = jws.sign({**members(by_type(Acquire)), "basic": canonical.b64(b"Kageyama")}, Acquire.TYP, [SECRET])
    with pytest.raises(ProtocolError) as refused:
        forms.open_form(Acquire, whole, SIGNER, "test")
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
