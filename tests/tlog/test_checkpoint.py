"""Checkpoints: byte for byte as C2SP writes them, under the log's own name only."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.plumbing.errors import BadInput
from mynumber.tlog.checkpoint import Checkpoint, log_origin, open_checkpoint, parse_checkpoint, sign_checkpoint
from mynumber.tlog.note import BadKey, BadNote, UnverifiedNote, note_key, sign_note
from mynumber.tlog.tree import EMPTY_ROOT, TreeHead

SEED = bytes(range(32))
ORIGIN = log_origin("demo", "operator-1")
KEY = note_key(ORIGIN, SEED)
ROOT = hashlib.sha256(b"root").digest()
TEXT_ROOT = base64.b64encode(ROOT).decode()

# The example of C2SP tlog-checkpoint.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

heads = st.builds(TreeHead, st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32)) | st.just(
    TreeHead(0, EMPTY_ROOT)
)
lines = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30)


def test_the_specifications_example() -> None:
    checkpoint = parse_checkpoint(EXAMPLE)
    assert (checkpoint.origin, checkpoint.head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert checkpoint.text() == EXAMPLE


@given(heads, st.lists(lines, max_size=3).map(tuple))
def test_signed_and_opened_again(head: TreeHead, extensions: tuple[str, ...]) -> None:
    checkpoint = Checkpoint(ORIGIN, head, extensions)
    expected = [ORIGIN, str(head.size), base64.b64encode(head.root).decode(), *extensions]
    data = sign_checkpoint(checkpoint, SEED)
    assert data.decode().startswith("\n".join(expected) + f"\n\n— {ORIGIN} ")
    assert open_checkpoint(data, KEY) == checkpoint


@given(st.text(max_size=100))
def test_any_text_is_a_checkpoint_with_one_encoding_or_refused(text: str) -> None:
    try:
        checkpoint = parse_checkpoint(text)
    except BadNote:
        return
    assert checkpoint.text() == text


LIES = {
    "nothing": "",
    "two-lines": f"{ORIGIN}\n5\n",
    "no-origin": f"\n5\n{TEXT_ROOT}\n",
    "no-last-newline": f"{ORIGIN}\n5\n{TEXT_ROOT}",
    "leading-zero": f"{ORIGIN}\n05\n{TEXT_ROOT}\n",
    "negative": f"{ORIGIN}\n-5\n{TEXT_ROOT}\n",
    "sign": f"{ORIGIN}\n+5\n{TEXT_ROOT}\n",
    "blank": f"{ORIGIN}\n 5\n{TEXT_ROOT}\n",
    "full-width-size": f"{ORIGIN}\n５\n{TEXT_ROOT}\n",
    "2-to-the-63": f"{ORIGIN}\n{2**63}\n{TEXT_ROOT}\n",
    "many-digits": f"{ORIGIN}\n{'9' * 5000}\n{TEXT_ROOT}\n",
    "short-root": f"{ORIGIN}\n5\n{base64.b64encode(ROOT[:31]).decode()}\n",
    "long-root": f"{ORIGIN}\n5\n{base64.b64encode(ROOT + b'x').decode()}\n",
    "loose-bits": f"{ORIGIN}\n5\n{'A' * 42}B=\n",
    "empty-log-with-a-root": f"{ORIGIN}\n0\n{TEXT_ROOT}\n",
    "empty-extension": f"{ORIGIN}\n5\n{TEXT_ROOT}\n\nx\n",
}


@pytest.mark.parametrize("lie", LIES)
def test_a_malformed_checkpoint_is_refused_though_signed(lie: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(LIES[lie])
    if LIES[lie].endswith("\n"):
        with pytest.raises(BadNote):
            open_checkpoint(sign_note(LIES[lie], ORIGIN, SEED), KEY)


def test_a_checkpoint_under_another_logs_origin_is_refused() -> None:
    """Operator 1's key signs a checkpoint that claims to be operator 2's."""
    text = Checkpoint(log_origin("demo", "operator-2"), TreeHead(5, ROOT)).text()
    with pytest.raises(UnverifiedNote, match="another log"):
        open_checkpoint(sign_note(text, ORIGIN, SEED), KEY)


def test_a_checkpoint_of_a_stranger_is_refused() -> None:
    with pytest.raises(UnverifiedNote):
        open_checkpoint(sign_checkpoint(Checkpoint(ORIGIN, TreeHead(5, ROOT)), b"\3" * 32), KEY)


@pytest.mark.parametrize(
    ("origin", "extensions"), [("a\n5", ()), ("", ()), (ORIGIN, ("",)), (ORIGIN, ("a\nb",)), (ORIGIN, ("a\n",))]
)
def test_a_text_of_more_or_fewer_lines_is_not_signed(origin: str, extensions: tuple[str, ...]) -> None:
    with pytest.raises(BadNote):
        sign_checkpoint(Checkpoint(origin, TreeHead(5, ROOT), extensions), SEED)


def test_an_origin_that_is_no_key_name_is_not_signed() -> None:
    with pytest.raises(BadKey):
        sign_checkpoint(Checkpoint("a b", TreeHead(5, ROOT)), SEED)


def test_the_origin_is_network_id_log() -> None:
    assert log_origin("demo", "city-a") == "demo/city-a/log"


@pytest.mark.parametrize(
    ("network", "party"), [("", "a"), ("demo", "A"), ("demo", "a/b"), ("a" * 33, "a"), ("a", "b\n")]
)
def test_an_origin_of_what_is_no_identifier_is_refused(network: str, party: str) -> None:
    with pytest.raises(BadInput) as caught:
        log_origin(network, party)
    assert caught.value.code == "BAD_IDENTIFIER"
