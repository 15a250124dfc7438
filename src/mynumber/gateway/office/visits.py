"""One request of one officer, as the routes of the office listener see it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from aiohttp import web

from mynumber.gateway.asking import refusals
from mynumber.gateway.desk.acts import Act
from mynumber.law import wire as law
from mynumber.plumbing import bodies, server
from mynumber.plumbing.errors import BadInput

T = TypeVar("T")


@dataclass
class Visit:
    """One request of one officer; `procedure` is what it turns out to be about."""

    request: web.Request
    act: Act
    procedure: str = ""

    async def read(self, kind: type[T]) -> T:
        """Return the body as `kind`, or raise BadInput."""
        return bodies.read(await server.read_body(self.request), kind)

    def place(self, name: str) -> str:
        """Return a variable part of the path."""
        return self.request.match_info[name]

    @property
    def lang(self) -> refusals.Lang:
        """The language that the officer wants sentences of the law in."""
        return "ja" if self.request.headers.get("Accept-Language", "").lower().startswith("ja") else "en"


Handler: TypeAlias = Callable[[Visit], Awaitable[web.Response]]


def require_procedure(procedure: str) -> None:
    """Raise UNKNOWN_ROW for a row that the linkage table does not have; nothing could ever be asked under it."""
    if procedure.startswith("link-") and law.row_of(procedure) is None:
        raise BadInput(
            "UNKNOWN_ROW", f"{procedure} is no row of the linkage table", hint="see `mynumber law table linkages`"
        )
