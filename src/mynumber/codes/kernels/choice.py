"""Which kernel computes in this process: the accelerator if it is installed, else libsodium; chosen once, at import.

Promises that a kernel is tested against known answers before it is used, and that an accelerator that fails, or was
made for another version of this program, is refused and not passed over: who installed it wants to know.
"""

import hashlib

from mynumber.codes.kernels import libsodium
from mynumber.codes.kernels.interface import Kernel
from mynumber.plumbing.errors import OwnFault

INTERFACE = 3
_HINT = "build it again with `make accelerator`, or work without it: pip uninstall open-mynumber-ristretto"


def chosen() -> tuple[Kernel, str]:
    """Return the kernel and its name."""
    try:
        import mynumber_ristretto  # noqa: PLC0415  # never needed, so looked for
    except ModuleNotFoundError:
        return libsodium, "libsodium"
    except ImportError as problem:
        raise OwnFault("BAD_ACCELERATOR", "the accelerator cannot be loaded", hint=_HINT) from problem
    if mynumber_ristretto.INTERFACE != INTERFACE:
        raise OwnFault("BAD_ACCELERATOR", "the accelerator is for another version of this program", hint=_HINT)
    if not _works(mynumber_ristretto):
        raise OwnFault("BAD_ACCELERATOR", "the accelerator computes ristretto255 wrongly", hint=_HINT)
    return mynumber_ristretto, "mynumber_ristretto"


def _works(kernel: Kernel) -> bool:
    try:
        return answers(kernel)
    except (TypeError, ValueError, AttributeError):
        return False


def answers(kernel: Kernel) -> bool:
    """Tell whether a kernel knows what RFC 9496 knows, in every one of its calls, and refuses what it must."""
    # RFC 9496 appendix A.1: the first, second and fifteenth multiple of the generator.
    one = bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")
    two = bytes.fromhex("6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919")
    fifteen = bytes.fromhex("e0c418f7c8d9c4cdd7395b93ea124f3ad99021bb681dfc3302a9d99a2e53e64e")
    times = [number.to_bytes(32, "little") for number in range(16)]
    # Twice seven, once more and nothing but the generator; and eight times two less the generator.
    wanted = [(((times[7], two), (None, one)), ()), (((times[8], two),), ((times[1], one),)), ((), ())]
    # RFC 9496 appendix A.3: the SHA-512 of a label is no point but goes to one; half of it is neither.
    digest = hashlib.sha512(b"Ristretto is traditionally a short shot of espresso coffee").digest()
    return (
        (kernel.base(times[1]), kernel.base(times[2]), kernel.base(times[15])) == (one, two, fifteen)
        and (kernel.mul(times[15], one), kernel.mul(times[1], two)) == (fifteen, two)
        and (kernel.add(one, one), kernel.sub(two, one), kernel.sub(two, two)) == (two, one, bytes(32))
        and kernel.sums(wanted) == kernel.vartime_sums(wanted) == [fifteen, fifteen, bytes(32)]
        and kernel.read(fifteen + digest[:32], 1) is None
        and _combines(kernel, one, two, fifteen)
        and kernel.mul(times[0], one) is kernel.mul(times[1], bytes(32)) is kernel.base(times[0]) is None
    )


def _combines(kernel: Kernel, one: bytes, two: bytes, fifteen: bytes) -> bool:
    weights = [None, (2).to_bytes(32, "little")]
    columns = kernel.read(fifteen + two + two + one, 2)
    lone = kernel.read(one + bytes(32), 1)
    if not isinstance(columns, list) or not isinstance(lone, list):
        return False
    # The differences of (15, 2) and (2, 1) are 13 and 1; a neutral point that is weighted is refused.
    combined = kernel.vartime_combine(weights, [kernel.minus(*columns)])
    first, _ = kernel.each(columns[0])
    if not isinstance(combined, list) or kernel.vartime_combine(weights, lone) is not None:
        return False
    return kernel.sums([(((None, held),), ()) for held in (*combined, first)]) == [fifteen, fifteen]
