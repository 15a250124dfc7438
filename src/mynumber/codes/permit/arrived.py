"""A bundle as it arrived: read once, and believed in nothing.

Whoever receives one needs what its request claims before anything is checked: the keys of the directory that it names,
and what the store holds under its hash. The checks go on from here and do not read it again.
"""

from dataclasses import dataclass

from mynumber.codes.permit import request, steps
from mynumber.codes.permit.request import Message, Request
from mynumber.codes.permit.steps import Bundle


@dataclass(frozen=True, slots=True)
class Arrived:
    """A bundle and its opened message; `claimed` is what the request says, UNVERIFIED, None if R2 will refuse it."""

    bundle: Bundle
    message: Message
    claimed: Request | None


def arrived(value: object, *, released: bool) -> Arrived:
    """Read a bundle, with a release or without, and its message up to JWS step 3; raise what the first check says."""
    bundle = steps.open_bundle(value, released=released)
    message = request.open_message(bundle.message)
    return Arrived(bundle, message, request.claimed(message))
