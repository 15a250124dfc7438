"""The multiplications of PROTOCOL.md section 14, counted on the real group: v = any base, b = base G."""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain

import pytest

from mynumber.codes import group
from mynumber.codes.group import GENERATOR
from mynumber.codes.kernels import libsodium
from mynumber.codes.kernels.interface import Held, Kernel, Sum
from mynumber.codes.permit.receive import Brought
from mynumber.codes.permit.request import Body
from mynumber.codes.permit.sender import check_sender
from tests.codes.ceremony import NOW
from tests.codes.passage import CONTEXT, Stage, stage, start

Count = tuple[int, int]


class Counter:
    """Counts the products that a kernel is asked for."""

    def __init__(self) -> None:
        self.v = self.b = 0

    def product(self, p: bytes | Held) -> None:
        base = p == GENERATOR or p is group.kept(GENERATOR)
        self.v += not base
        self.b += base

    def of(self, work: Callable[[], object]) -> Count:
        self.v = self.b = 0
        work()
        return self.v, self.b


class Counting:
    """A kernel that counts every product it is asked for, alone or in a sum."""

    def __init__(self, kernel: Kernel, counted: Counter) -> None:
        self._kernel, self._counted = kernel, counted
        self.read, self.each, self.minus = kernel.read, kernel.each, kernel.minus
        self.add, self.sub = kernel.add, kernel.sub

    def base(self, s: bytes) -> bytes | None:
        self._counted.product(GENERATOR)
        return self._kernel.base(s)

    def mul(self, s: bytes, p: bytes) -> bytes | None:
        self._counted.v += 1
        return self._kernel.mul(s, p)

    def sums(self, wanted: Sequence[Sum]) -> list[bytes] | None:
        self._count(wanted)
        return self._kernel.sums(wanted)

    def vartime_sums(self, wanted: Sequence[Sum]) -> list[bytes] | None:
        self._count(wanted)
        return self._kernel.vartime_sums(wanted)

    def vartime_combine(self, weights: Sequence[bytes | None], lists: Sequence[Held]) -> Sequence[Held] | None:
        self._counted.v += len(lists) * sum(weight is not None for weight in weights)
        return self._kernel.vartime_combine(weights, lists)

    def _count(self, wanted: Sequence[Sum]) -> None:
        for sides in wanted:
            for weight, p in chain(*sides):
                if weight is not None:
                    self._counted.product(p)


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch, kernel: Kernel) -> Counter:
    counted = Counter()
    if kernel is libsodium:
        count_library(counted, monkeypatch)
    else:
        monkeypatch.setattr(group, "KERNEL", Counting(kernel, counted))
    return counted


def count_library(counted: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Count what libsodium itself is asked for, wherever from."""
    mul, base = libsodium.mul, libsodium.base

    def counting_mul(s: bytes, p: bytes) -> bytes | None:
        counted.v += 1
        return mul(s, p)

    def counting_base(s: bytes) -> bytes | None:
        counted.b += 1
        return base(s)

    monkeypatch.setattr(libsodium, "mul", counting_mul)
    monkeypatch.setattr(libsodium, "base", counting_base)


def plus(*counts: Count) -> Count:
    return sum(v for v, _ in counts), sum(b for _, b in counts)


def check_request(n: int) -> Count:
    return 2 * n + 1, 1


def verify_step(n: int, position: int, legs: int = 2) -> Count:
    if legs == 1:
        return 4 * n + 5, 2
    return (7 * n + 11, 4) if position == 1 else (8 * n + 10, 4)


def make_step(n: int, position: int) -> Count:
    return (11 * n + 9 if position == 1 else 12 * n + 8), 2 * n + 4


@pytest.mark.parametrize("operators", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_an_exchange_costs_what_the_table_says(counter: Counter, operators: int, n: int) -> None:
    net = stage(operators)
    people = list(range(n))
    values = [net.code("ward", person) for person in people]
    message = net.message(net.exchange(n), people, values)
    assert counter.of(lambda: net.message(net.exchange(n), people, values)) == (2 * n + 1, n + 1)
    bundles = [start(message)]
    for position in range(1, operators + 1):
        before = [verify_step(n, earlier) for earlier in range(1, position)]
        operator = partial(net.endorsed, bundles[-1], position - 1)
        assert counter.of(operator) == plus(check_request(n), *before, make_step(n, position))
        bundles.append(operator().bundle)
    bundle = bundles[-1]
    steps = [verify_step(n, position) for position in range(1, operators + 1)]
    assert counter.of(lambda: net.released(bundle)) == plus(check_request(n), *steps, (2 * n, 1), (n, 0))
    final = net.released(bundle).bundle
    legs = [verify_step(n, 1, legs=1)] * operators
    expected = plus(check_request(n), *legs, (2 * n + 1, 1), (n, 0))
    assert counter.of(lambda: net.received(final, "provider")) == expected
    assert counter.of(lambda: check_sender(message, final, now=NOW, directory=net.directory)) == (0, 0)


def whole(counter: Counter, net: Stage, kind: str) -> Count:
    """Return what all parties together multiply for one entry, n = 2."""
    bodies: dict[str, Body] = {"enrol": net.enrol(), "self": net.self_request(), "exchange": net.exchange()}
    values = [net.code("ward", 1)] if kind == "exchange" else [net.point(1)]

    def play() -> None:
        bundle = net.final(net.message(bodies[kind], [1], values))
        peer = Brought("portal", CONTEXT) if kind == "self" else None
        net.received(bundle, "agency" if kind == "enrol" else "provider", brought=peer)

    play()
    return counter.of(play)


@pytest.mark.parametrize(("kind", "cost"), [("exchange", (134, 36)), ("enrol", (122, 48)), ("self", (122, 48))])
def test_a_whole_passage_costs_what_the_table_says(counter: Counter, kind: str, cost: Count) -> None:
    # The factors of the test's own codes are multiplied before counting.
    assert whole(counter, stage(2), kind) == cost


@pytest.mark.parametrize(("domains", "cost"), [(1, (47, 22)), (3, (133, 56))])
def test_a_read_costs_what_the_table_says(counter: Counter, domains: int, cost: Count) -> None:
    net = stage(2)
    body = net.read(domains=net.read().domains[:domains])
    values = [net.point(1)]
    assert len(body.domains) == domains
    assert counter.of(lambda: net.received(net.final(net.message(body, [1], values)), "portal")) == cost
