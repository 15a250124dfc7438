"""Every test of the codes runs twice, once on each kernel of the group; the accelerator is never missing here."""

from collections.abc import Iterator

import mynumber_ristretto
import pytest

from mynumber.codes import group
from mynumber.codes.kernels import libsodium
from mynumber.codes.kernels.interface import Kernel

KERNELS: dict[str, Kernel] = {"libsodium": libsodium, "accelerator": mynumber_ristretto}


@pytest.fixture(scope="module", autouse=True, params=KERNELS)
def kernel(request: pytest.FixtureRequest) -> Iterator[Kernel]:
    """Compute with one kernel and then with the other."""
    used = KERNELS[str(request.param)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group, "KERNEL", used)
        group.kept.cache_clear()
        yield used
    # A kernel refuses what another one has decoded.
    group.kept.cache_clear()
