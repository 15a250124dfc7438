"""Both kernels give the same bytes and the same refusals, whatever they are given; a bad one is not used."""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import mynumber_ristretto
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mynumber.codes import group
from mynumber.codes.group import GENERATOR, NEUTRAL, ORDER
from mynumber.codes.kernels import choice, libsodium
from mynumber.codes.kernels.interface import Held, Kernel, Sum, Term
from mynumber.plumbing.errors import OwnFault
from tests.codes.conftest import KERNELS

both = pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
FIELD = 2**255 - 19


@pytest.fixture(scope="module", autouse=True)
def kernel() -> None:
    """Replace nothing: every test here asks the kernels themselves."""


def little(value: int) -> bytes:
    return value.to_bytes(32, "little")


def bent(data: bytes, bit: int) -> bytes:
    """Return the bytes with one bit turned; the top bit is one of them."""
    return (int.from_bytes(data, "little") ^ 1 << bit).to_bytes(len(data), "little")


# Zeros map to the neutral element, which has no products.
good_points = st.binary(min_size=64, max_size=64).filter(any).map(group.from_hash).map(bytes)
edges = st.sampled_from([NEUTRAL, GENERATOR, little(1), little(FIELD), little(FIELD + 1), little(2**255), b"\xff" * 32])
points = st.one_of(
    good_points,
    good_points,
    edges.map(bytes),
    st.builds(bent, good_points, st.one_of(st.just(255), st.integers(0, 255))),
    st.binary(min_size=32, max_size=32),
    st.binary(max_size=40),
)
numbers = [0, 1, 2, ORDER - 1, ORDER, ORDER + 1, 2 * ORDER, 8 * ORDER, 2**252, 2**255 - 1, 2**255, 2**255 + ORDER]
weights = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.integers(1, 2**128 - 1).map(little),
    st.sampled_from([*numbers, 2**256 - 1]).map(little),
    st.binary(max_size=40),
)
# Mostly good ones, so that not every sum is refused.
good_weights = st.integers(1, 2**255 - 1).map(little)
good_terms: st.SearchStrategy[Term] = st.tuples(st.none() | good_weights, good_points | st.just(bytes(GENERATOR)))
terms = st.one_of(good_terms, good_terms, good_terms, st.tuples(st.none() | weights, points))


def sums_of(terms: st.SearchStrategy[Term]) -> st.SearchStrategy[list[Sum]]:
    return st.lists(st.tuples(st.lists(terms, max_size=3), st.lists(terms, max_size=3)), max_size=3)


@settings(max_examples=400, deadline=None)
@given(weights, points, points)
def test_single_calls_are_the_same_whatever_comes(s: bytes, p: bytes, q: bytes) -> None:
    one, other = (
        (
            each.read(p, 1) is None,
            each.read(p + q, 2) is None,
            each.base(s),
            each.mul(s, p),
            each.add(p, q),
            each.sub(p, q),
            each.sub(p, p),
        )
        for each in (libsodium, mynumber_ristretto)
    )
    assert one == other


@settings(max_examples=400, deadline=None)
@given(st.one_of(sums_of(good_terms), sums_of(terms)))
def test_sums_are_the_same_whatever_comes(wanted: list[Sum]) -> None:
    expected = libsodium.sums(wanted)
    assert mynumber_ristretto.sums(wanted) == expected
    assert mynumber_ristretto.vartime_sums(wanted) == expected == libsodium.vartime_sums(wanted)


def combined(each: Kernel, data: bytes, other: bytes, weights: Sequence[bytes | None]) -> object:
    """Return the points and the sum of both columns, of the other list, and of the gaps between all of them."""
    columns, rest = each.read(data, 2), each.read(other, 1)
    if columns is None or rest is None:
        return "no points"
    gaps = [each.minus(columns[0], one) for one in (*columns, *rest)]
    listed = [*columns, *rest, *(gap for gap in gaps if gap is not None)]
    made = [each.vartime_combine(weights, [one]) for one in listed]
    points = [[encoded(each, p) for p in each.each(one)] for one in listed]
    return [gap is None for gap in gaps], points, [None if one is None else encoded(each, *one) for one in made]


def encoded(each: Kernel, held: Held) -> list[bytes] | None:
    """Return the encoding of a held point, or None if it is a list of something else."""
    return each.sums([(((None, held),), ())])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(good_points | good_points | points, max_size=6).map(b"".join),
    st.lists(good_points, max_size=3).map(b"".join),
    st.lists(st.none() | good_weights | weights, max_size=3),
)
def test_combinations_are_the_same_whatever_comes(data: bytes, other: bytes, weights: list[bytes | None]) -> None:
    assert combined(mynumber_ristretto, data, other, weights) == combined(libsodium, data, other, weights)


def test_what_another_kernel_has_read_is_an_error() -> None:
    for one, other in ((libsodium, mynumber_ristretto), (mynumber_ristretto, libsodium)):
        held = one.read(GENERATOR, 1)
        assert held is not None
        with pytest.raises(TypeError):
            other.minus(held[0], held[0])
        with pytest.raises(TypeError):
            other.each(held[0])
        with pytest.raises(TypeError):
            other.sums([(((None, held[0]),), ())])


def holding(each: Kernel, wanted: list[Sum]) -> list[Sum] | None:
    """Return the sums with every point held, or None if one is none."""
    read = {p: each.read(bytes(p), 1) for sides in wanted for side in sides for _, p in side if isinstance(p, bytes)}
    held: dict[object, Held] = {p: columns[0] for p, columns in read.items() if columns}
    if len(held) < len(read):
        return None
    return [
        ([(weight, held[p]) for weight, p in plus], [(weight, held[p]) for weight, p in minus])
        for plus, minus in wanted
    ]


@settings(max_examples=300, deadline=None)
@given(st.one_of(sums_of(good_terms), sums_of(terms)))
def test_sums_of_held_points_are_those_of_their_encodings(wanted: list[Sum]) -> None:
    expected = libsodium.sums(wanted)
    kernels: list[Kernel] = [libsodium, mynumber_ristretto]
    for each in kernels:
        held = holding(each, wanted)
        if held is None:
            assert expected is None
        else:
            assert each.sums(held) == each.vartime_sums(held) == expected


@pytest.mark.parametrize("count", [0, 2])
def test_a_list_is_no_point(count: int) -> None:
    kernels: list[Kernel] = [libsodium, mynumber_ristretto]
    for each in kernels:
        (listed,) = each.read(GENERATOR * count, 1) or ()
        assert encoded(each, listed) is None
        assert each.vartime_sums([([(little(2), listed)], ())]) is None


@settings(max_examples=50, deadline=None)
@given(good_weights, good_weights, good_points)
def test_sums_with_the_generator_are_the_same_on_either_side(a: bytes, b: bytes, p: bytes) -> None:
    terms: list[Term] = [(a, GENERATOR), (b, p)]
    wanted: list[Sum] = [(terms, ()), (terms[::-1], ()), (terms[:1], terms[1:]), (terms[1:], terms[:1]), ((), terms)]
    assert mynumber_ristretto.vartime_sums(wanted) == libsodium.sums(wanted)


@settings(max_examples=50, deadline=None)
@given(good_points, good_points, good_weights)
def test_sums_that_cancel_are_neutral(p: bytes, q: bytes, s: bytes) -> None:
    wanted: list[Sum] = [([(s, p)], [(s, p)]), ([(s, p), (None, q)], [(s, p), (None, q)]), ([], [(s, p)])]
    expected = [NEUTRAL, NEUTRAL, libsodium.sub(NEUTRAL, libsodium.mul(s, p) or b"")]
    for each in (libsodium, mynumber_ristretto):
        assert each.sums(wanted) == each.vartime_sums(wanted) == expected


@pytest.mark.parametrize("count", [189, 190, 400])
def test_long_sums_are_the_same(count: int) -> None:
    # From 190 terms on the accelerator sums in another way.
    listed = [(group.reduce(bytes([i % 256]) * 64), group.from_hash(little(i + 1) * 2)) for i in range(count)]
    data, weights = b"".join(p for _, p in listed), [None, *(weight for weight, _ in listed[1:])]
    assert combined(mynumber_ristretto, data * 2, data, weights) == combined(libsodium, data * 2, data, weights)
    wanted: list[Sum] = [(listed[::2], listed[1::2])]
    assert mynumber_ristretto.vartime_sums(wanted) == mynumber_ristretto.sums(wanted) == libsodium.sums(wanted)


class Passing(Sequence[Term]):
    """Terms that are made when they are asked for and die at once, so that others take their places in memory."""

    def __init__(self, listed: list[bytes]) -> None:
        self._listed = listed

    def __len__(self) -> int:
        return len(self._listed)

    def __getitem__(self, at: object) -> Term:  # type: ignore[override]  # nobody slices it
        assert isinstance(at, int)
        return little(2), bytes(bytearray(self._listed[at]))


def test_points_that_are_made_on_the_way_are_not_taken_for_others() -> None:
    made = [bytes(group.from_hash(little(i + 1) * 2)) for i in range(50)]
    assert mynumber_ristretto.sums([(Passing(made), ())]) == libsodium.sums([([(little(2), p) for p in made], ())])


@pytest.mark.parametrize("wrong", [[1], [((), (), ())], [([(b"", b"", b"")], ())], [([(1, GENERATOR)], ())]])
def test_what_is_no_sum_is_an_error_and_no_refusal(wrong: Sequence[Sum]) -> None:
    with pytest.raises((TypeError, ValueError)):
        mynumber_ristretto.sums(wrong)


@both
def test_threads_compute_at_the_same_time(kernel: Kernel) -> None:
    wanted: list[Sum] = [([(little(ORDER - i), GENERATOR)], [(little(i), GENERATOR)]) for i in range(2, 40)]
    expected = kernel.sums(wanted)
    made: list[list[bytes] | None] = []
    threads = [threading.Thread(target=lambda: made.append(kernel.vartime_sums(wanted))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert made == [expected] * 8


@both
def test_both_kernels_know_the_answers(kernel: Kernel) -> None:
    assert choice.answers(kernel)


class Wrong(ModuleType):
    """The accelerator, but for one call or member."""

    def __init__(self, name: str, value: object) -> None:
        super().__init__("mynumber_ristretto")
        self.__dict__.update({**vars(mynumber_ristretto), name: value})


CALLS = ["read", "each", "minus", "vartime_combine", "base", "mul", "add", "sub", "sums", "vartime_sums"]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("value", [None, bytes(32), [bytes(32)] * 3, True])
def test_an_accelerator_that_computes_wrongly_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: object
) -> None:
    monkeypatch.setitem(sys.modules, "mynumber_ristretto", Wrong(name, lambda *_: value))
    with pytest.raises(OwnFault) as refused:
        choice.chosen()
    assert refused.value.code == "BAD_ACCELERATOR"


def test_an_accelerator_of_another_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mynumber_ristretto", Wrong("INTERFACE", choice.INTERFACE + 1))
    with pytest.raises(OwnFault) as refused:
        choice.chosen()
    assert "another version" in str(refused.value)


def test_an_accelerator_that_cannot_be_loaded_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "mynumber_ristretto.py").write_text("raise ImportError('made for another processor')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "mynumber_ristretto")
    with pytest.raises(OwnFault) as refused:
        choice.chosen()
    assert "cannot be loaded" in str(refused.value)


def test_the_accelerator_is_chosen_where_it_is_and_not_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choice.chosen() == (mynumber_ristretto, "mynumber_ristretto")
    monkeypatch.setitem(sys.modules, "mynumber_ristretto", None)
    assert choice.chosen() == (libsodium, "libsodium")


@pytest.mark.parametrize(
    ("forced", "used"), [({}, "mynumber_ristretto"), ({"MYNUMBER_GROUP": "libsodium"}, "libsodium")]
)
def test_the_command_says_which_kernel_computes(forced: dict[str, str], used: str) -> None:
    command = [str(Path(sys.executable).with_name("mynumber")), "--version"]
    ended = subprocess.run(command, env=forced, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.splitlines()[-1] == f"ristretto255: {used}"
