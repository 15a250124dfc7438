"""The four basic data: all four or none, readings beside names, and nothing shown."""

import msgspec
import pytest
from hypothesis import given

from mynumber.acquisition.basic import Basic, differing, identity
from mynumber.codes import wire
from mynumber.codes.errors import ProtocolError
from tests.acquisition.strategies import basics

PERSON = Basic(name="髙槻 咲", kana="タカツキ サキ", birth="1988-02-29", sex="female", address="見本県甲野市灯1-2")


@pytest.mark.parametrize(
    ("member", "value", "differs"),
    [
        ("name", "高槻咲", ()),
        ("name", "高槻 咲子", ("name",)),
        ("kana", "たかつき さき", ()),
        ("kana", "", ()),
        ("kana", "タカツキ サク", ("name",)),
        ("birth", "1988-02-28", ("birth",)),
        ("sex", "male", ("sex",)),
        ("address", "見本県 甲野市灯１－２", ()),
        ("address", "見本県甲野市灯1-3", ("address",)),
    ],
)
def test_each_datum_is_compared_by_its_own_rule(member: str, value: str, differs: tuple[str, ...]) -> None:
    other = msgspec.structs.replace(PERSON, **{member: value})
    assert differing(other, PERSON) == differs
    assert differing(PERSON, other) == differs
    if member != "kana":
        assert (identity(other) == identity(PERSON)) is (differs == ())


def test_every_datum_that_differs_is_named() -> None:
    other = Basic(name="花房", kana="ハナブサ", birth="2001-01-01", sex="male", address="乙原市")
    assert differing(other, PERSON) == ("name", "birth", "sex", "address")


@given(basics, basics)
def test_identity_and_comparison_agree(one: Basic, other: Basic) -> None:
    same = msgspec.structs.replace(other, kana=one.kana)
    assert (identity(one) == identity(same)) is (differing(one, same) == ())
    assert differing(one, one) == ()


@given(basics)
def test_a_repr_shows_no_person(basic: Basic) -> None:
    assert repr(basic) == "Basic(...)"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("name", ""),
        ("name", "花\n房"),
        ("name", "\ud83d"),
        ("name", "花" * 201),
        ("name", 7),
        ("kana", "ハ" * 201),
        ("birth", "1988-02-30"),
        ("birth", "1988-2-3"),
        ("birth", "１９８８-02-03"),
        ("sex", "other"),
        ("address", ""),
        ("address", "町" * 401),
        ("address", None),
        ("age", 7),
    ],
)
def test_malformed_data_are_refused(member: str, value: object) -> None:
    plain = wire.plain(PERSON)
    assert isinstance(plain, dict)
    with pytest.raises(ProtocolError, match="BAD_ENCODING"):
        wire.read({**plain, member: value}, Basic)
