"""The tree against RFC 6962: the known answers of certificate transparency, and the RFC's recursive definition."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mynumber.plumbing.errors import BadInput
from mynumber.tlog.tree import (
    EMPTY_ROOT,
    Frontier,
    TreeHead,
    commitment,
    extend,
    frontier_from,
    nodes_of,
)

# The eight leaves and roots that the certificate transparency reference implementations share.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def slow_root(entries: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, as it is written there."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + slow_root(entries[:k]) + slow_root(entries[k:])).digest()


def entries_of(size: int) -> list[bytes]:
    """Distinct 32-byte entries."""
    return [hashlib.sha256(str(index).encode()).digest() for index in range(size)]


@pytest.mark.parametrize("size", range(9))
def test_known_roots_of_certificate_transparency(size: int) -> None:
    assert extend(Frontier(), CT_LEAVES[:size]).frontier.head() == TreeHead(size, bytes.fromhex(CT_ROOTS[size]))


def test_the_empty_tree_is_sha256_of_nothing() -> None:
    assert Frontier().head() == TreeHead(0, hashlib.sha256().digest()) == TreeHead(0, EMPTY_ROOT)


@given(st.integers(0, 300), st.integers(0, 300))
def test_growing_in_two_batches_gives_the_rfcs_root(first: int, second: int) -> None:
    entries = entries_of(first + second)
    one = extend(Frontier(), entries[:first])
    two = extend(one.frontier, entries[first:])
    assert two.frontier.head().root == slow_root(entries)
    assert one.nodes + two.nodes == extend(Frontier(), entries).nodes


@given(st.integers(0, 300))
def test_every_node_is_the_root_of_its_own_leaves(size: int) -> None:
    entries = entries_of(size)
    nodes = extend(Frontier(), entries).nodes
    for node in nodes:
        start = node.index << node.level
        assert node.hash == slow_root(entries[start : start + (1 << node.level)])
    expected = {(level, index) for level in range(size.bit_length()) for index in range(size >> level)}
    assert len(nodes) == len(expected)
    assert {(node.level, node.index) for node in nodes} == expected


@given(st.integers(0, 500))
def test_a_stored_frontier_reads_back(size: int) -> None:
    entries = entries_of(size)
    asked = []
    nodes = nodes_of(entries)

    def counting(level: int, index: int) -> bytes:
        asked.append((level, index))
        return nodes(level, index)

    assert frontier_from(size, counting) == extend(Frontier(), entries).frontier
    assert len(asked) == size.bit_count()


def test_one_append_to_a_large_tree_makes_few_nodes() -> None:
    """A frontier of 2^40 - 1 leaves exists without its leaves, and one more entry closes forty subtrees."""
    huge = Frontier(2**40 - 1, tuple(entries_of(40)))
    growth = extend(huge, entries_of(1))
    assert len(growth.nodes) == 41
    assert growth.frontier.hashes == (growth.nodes[-1].hash,)


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(1, ()), (0, (b"\0" * 32,)), (3, (b"\0" * 32,)), (1, (b"\0" * 31,)), (-1, (b"\0" * 32,)), (2**63, (b"\0" * 32,))],
)
def test_a_frontier_that_cannot_be_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(BadInput, match=r"frontier|hash"):
        Frontier(size, hashes)


@pytest.mark.parametrize(("size", "root"), [(-1, EMPTY_ROOT), (2**63, EMPTY_ROOT), (1, b"short"), (0, b"\1" * 32)])
def test_a_head_that_cannot_be_is_refused(size: int, root: bytes) -> None:
    with pytest.raises(BadInput):
        TreeHead(size, root)


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_commitment_is_h_of_the_protocol(salt: bytes, record: bytes) -> None:
    told = b"\0\0\0\x0alog-record" + b"\0\0\0\x20" + salt + len(record).to_bytes(4, "big") + record
    assert commitment(salt, record) == hashlib.sha256(told).digest()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_short_salt_is_refused(size: int) -> None:
    with pytest.raises(BadInput) as caught:
        commitment(b"\0" * size, b"{}")
    assert caught.value.code == "BAD_SALT"
