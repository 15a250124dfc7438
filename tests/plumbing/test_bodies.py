"""A body is exactly what its type says, and no refusal repeats what it held."""

import msgspec
import pytest

from mynumber.plumbing import bodies
from mynumber.plumbing.errors import BadInput


class Pasted(msgspec.Struct, forbid_unknown_fields=True):
    """What a call takes."""

    text: str


def test_a_body_is_read_as_its_type() -> None:
    assert bodies.read('{"text": "甲"}'.encode(), Pasted) == Pasted("甲")


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"secret","text":"secret"}',
        b'{"text":"secret","A secret":1}',
        b'{"text":["secret"]}',
        b'{"text":"\\ud800 secret"}',
        b'{"text":"secret\xff"}',
        b'{"text":"secret"',
        b'"secret"',
        b"[" * 100_000,
        b"",
    ],
)
def test_what_is_none_is_refused_without_a_word_of_it(body: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        bodies.read(body, Pasted)
    assert refused.value.code == "BAD_BODY"
    assert "secret" not in str(refused.value.members())
    assert (refused.value.__cause__, refused.value.__suppress_context__) == (None, True)
