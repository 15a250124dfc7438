"""Proofs against the RFC's recursive definitions and its other, iterative verifier; whatever is altered is refused."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.plumbing.errors import NotFound
from mynumber.tlog.proofs import BadProof, prove_consistency, prove_inclusion, verify_consistency, verify_inclusion
from mynumber.tlog.tree import EMPTY_ROOT, TreeHead, nodes_of

from .test_tree import CT_LEAVES, CT_ROOTS, entries_of, slow_root

ENTRIES = entries_of(300)
NODES = nodes_of(ENTRIES)
SIZES = st.integers(1, 300)


def head(size: int) -> TreeHead:
    return TreeHead(size, slow_root(ENTRIES[:size]))


def k_below(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def slow_path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 section 2.1.1."""
    if len(entries) == 1:
        return []
    k = k_below(len(entries))
    if m < k:
        return [*slow_path(m, entries[:k]), slow_root(entries[k:])]
    return [*slow_path(m - k, entries[k:]), slow_root(entries[:k])]


def slow_subproof(m: int, entries: list[bytes], complete: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 section 2.1.2."""
    if m == len(entries):
        return [] if complete else [slow_root(entries)]
    k = k_below(len(entries))
    if m <= k:
        return [*slow_subproof(m, entries[:k], complete), slow_root(entries[k:])]
    return [*slow_subproof(m - k, entries[k:], False), slow_root(entries[:k])]


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def rfc_roots(old: int, new: int, old_root: bytes, proof: list[bytes]) -> tuple[bytes, bytes]:
    """Both roots by the iterative steps of RFC 9162 section 2.1.4.2, for 0 < old < new."""
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for item in path[1:]:
        assert sn != 0
        if fn & 1 or fn == sn:
            fr, sr = node(item, fr), node(item, sr)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node(sr, item)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return fr, sr


def test_known_proofs_of_certificate_transparency() -> None:
    """Two paths and a consistency proof that the reference implementations publish."""
    nodes = nodes_of(CT_LEAVES)
    assert [item.hex() for item in prove_inclusion(nodes, 5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [item.hex() for item in prove_inclusion(nodes, 2, 3)] == [
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    ]
    proof = prove_consistency(nodes, 6, 8)
    assert [item.hex() for item in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    verify_consistency(TreeHead(6, bytes.fromhex(CT_ROOTS[6])), TreeHead(8, bytes.fromhex(CT_ROOTS[8])), proof)


@given(SIZES, st.data())
def test_inclusion_is_the_rfcs_path_and_verifies(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(NODES, index, size)
    assert list(proof) == slow_path(index, ENTRIES[:size])
    verify_inclusion(ENTRIES[index], index, head(size), proof)


@given(SIZES, st.data())
def test_consistency_is_the_rfcs_proof_and_verifies(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = prove_consistency(NODES, old, new)
    assert list(proof) == slow_subproof(old, ENTRIES[:new], True)
    verify_consistency(head(old), head(new), proof)
    if old < new:
        assert rfc_roots(old, new, head(old).root, list(proof)) == (head(old).root, head(new).root)


def test_every_small_pair_of_sizes() -> None:
    for new in range(1, 34):
        for old in range(new + 1):
            start = head(old) if old else TreeHead(0, EMPTY_ROOT)
            verify_consistency(start, head(new), prove_consistency(NODES, old, new))
        for index in range(new):
            verify_inclusion(ENTRIES[index], index, head(new), prove_inclusion(NODES, index, new))


def altered(proof: tuple[bytes, ...], data: st.DataObject) -> tuple[bytes, ...]:
    """A proof with one hash changed, left out, added, cut, lengthened or moved."""
    at = data.draw(st.integers(0, max(len(proof) - 1, 0)))
    before, after = proof[:at], proof[at + 1 :]
    ways = [(*proof, b"\1" * 32), (b"\1" * 32, *proof), (*proof, b"")]
    if proof:
        here = proof[at]
        flipped = bytes([here[0] ^ 1]) + here[1:]
        ways += [
            (*before, flipped, *after),
            before + after,
            (*before, here[:31], *after),
            (*before, here, here, *after),
        ]
    if len(proof) > 1:
        ways.append((*proof[1:], proof[0]))
    return data.draw(st.sampled_from(ways))


@given(SIZES, st.data())
def test_an_altered_inclusion_proof_is_refused(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    false = altered(prove_inclusion(NODES, index, size), data)
    with pytest.raises(BadProof) as caught:
        verify_inclusion(ENTRIES[index], index, head(size), false)
    assert caught.value.code == "BAD_PROOF"


@given(SIZES, st.data())
def test_inclusion_holds_for_one_entry_one_index_one_head(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = prove_inclusion(NODES, index, size)
    other = data.draw(st.integers(-1, 301).filter(lambda value: value != index))
    with pytest.raises(BadProof):
        verify_inclusion(ENTRIES[index], other, head(size), proof)
    with pytest.raises(BadProof):
        verify_inclusion(b"\0" * 32, index, head(size), proof)
    with pytest.raises(BadProof):
        verify_inclusion(ENTRIES[index], index, head(data.draw(SIZES.filter(lambda value: value != size))), proof)


@given(SIZES, st.data())
def test_an_altered_consistency_proof_is_refused(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    with pytest.raises(BadProof):
        verify_consistency(head(old), head(new), altered(prove_consistency(NODES, old, new), data))


@given(SIZES, st.data())
def test_consistency_holds_for_one_pair_of_heads(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    proof = prove_consistency(NODES, old, new)
    with pytest.raises(BadProof):
        verify_consistency(head(data.draw(SIZES.filter(lambda value: value != old))), head(new), proof)
    with pytest.raises(BadProof):
        verify_consistency(head(old), head(data.draw(SIZES.filter(lambda value: value != new))), proof)


@given(SIZES, st.data())
def test_a_rewritten_history_is_refused(new: int, data: st.DataObject) -> None:
    """A log that changed an entry cannot show a proof made from its new tree."""
    old = data.draw(st.integers(1, new))
    at = data.draw(st.integers(0, old - 1))
    rewritten = [*ENTRIES[:at], b"\0" * 32, *ENTRIES[at + 1 : new]]
    proof = prove_consistency(nodes_of(rewritten), old, new)
    with pytest.raises(BadProof):
        verify_consistency(head(old), TreeHead(new, slow_root(rewritten)), proof)


def test_from_the_empty_log_no_proof_is_asked_and_none_is_taken() -> None:
    empty = TreeHead(0, EMPTY_ROOT)
    assert prove_consistency(NODES, 0, 5) == ()
    verify_consistency(empty, head(5), ())
    verify_consistency(empty, empty, ())
    with pytest.raises(BadProof):
        verify_consistency(empty, head(5), (b"\0" * 32,))
    with pytest.raises(BadProof):
        verify_consistency(head(5), empty, ())


def test_equal_sizes_need_equal_roots() -> None:
    verify_consistency(head(7), head(7), ())
    with pytest.raises(BadProof):
        verify_consistency(head(7), TreeHead(7, b"\0" * 32), ())


def test_a_huge_proof_is_refused_by_its_length() -> None:
    with pytest.raises(BadProof, match="length"):
        verify_inclusion(ENTRIES[0], 0, TreeHead(2**63 - 1, b"\0" * 32), (b"\0" * 32,) * 100_000)


def test_a_hash_of_another_size_is_refused_before_hashing() -> None:
    with pytest.raises(BadProof, match="32 bytes"):
        verify_inclusion(ENTRIES[0], 0, head(2), (ENTRIES[1] * 2,))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(NotFound) as caught:
        prove_inclusion(NODES, index, size)
    assert caught.value.code == "NOT_IN_LOG"


@pytest.mark.parametrize(("old", "new"), [(6, 5), (-1, 5)])
def test_no_proof_backwards(old: int, new: int) -> None:
    with pytest.raises(NotFound):
        prove_consistency(NODES, old, new)
