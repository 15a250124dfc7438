"""What the office's admin does at the office listener: officers, rights, shields, and who looked at what.

Every step is admin's alone but the list of one's own rights, and is written down in the transaction that takes it.
"""

import asyncio

from aiohttp import web

from mynumber.exchange.running.node import Node
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.desk import acts, api, credentials
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.office.visits import Handler, Visit, require_procedure
from mynumber.pki.identity import OfficerIdentity
from mynumber.plumbing import server
from mynumber.plumbing.errors import BadInput


class Administration:
    """The admin's routes of one office; each decides nothing itself."""

    def __init__(self, node: Node, settings: GatewayConfig) -> None:
        """Prepare; nothing listens yet."""
        self._node, self._settings = node, settings

    def handlers(self) -> dict[str, Handler]:
        """Return operation -> handler."""
        return {
            "list_looks": self._list_looks,
            "list_acts": self._list_acts,
            "list_rights": self._list_rights,
            "grant_right": self._grant_right,
            "revoke_right": self._revoke_right,
            "add_officer": self._add_officer,
            "remove_officer": self._remove_officer,
            "shield": self._shield,
            "unshield": self._unshield,
        }

    async def _list_looks(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        last = _last(visit)
        looks = await self._node.store.read(lambda c: desk.looks_after(c, last))
        return server.json_response({"looks": looks})

    async def _list_acts(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        last = _last(visit)
        return server.json_response({"acts": await self._node.store.read(lambda c: acts.after(c, last))})

    async def _list_rights(self, visit: Visit) -> web.Response:
        whose = None if visit.act.officer == desk.ADMIN else visit.act.officer
        return await self._rights(whose)

    async def _rights(self, whose: str | None) -> web.Response:
        return server.json_response({"rights": await self._node.store.read(lambda c: desk.rights(c, whose))})

    async def _grant_right(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        body = await visit.read(api.NewRight)
        visit.procedure = body.procedure
        require_procedure(body.procedure)
        await self._node.store.write(lambda c: desk.grant(c, visit.act, body.officer, body.procedure))
        return await self._rights(body.officer)

    async def _revoke_right(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        officer, procedure = visit.place("officer"), visit.place("procedure")
        await self._node.store.write(lambda c: desk.revoke(c, visit.act, officer, procedure))
        return await self._rights(officer)

    async def _add_officer(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        body = await visit.read(api.NewOfficer)
        officer = OfficerIdentity(self._settings.network, self._settings.id, body.name)
        certificate, authority = await asyncio.to_thread(
            lambda: credentials.certify(self._node.folder, officer, body.csr, now=visit.act.at)
        )
        # The certificate is only handed over once the officer stands in the store.
        await self._node.store.write(lambda c: desk.add_officer(c, visit.act, body.name, body.department))
        return server.json_response({"certificate": certificate, "ca": authority})

    async def _remove_officer(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        name = visit.place("name")
        await self._node.store.write(lambda c: desk.remove_officer(c, visit.act, name))
        return server.json_response({"officer": name, "removed": visit.act.at})

    async def _shield(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        body = await visit.read(api.NewShield)
        await self._node.store.write(lambda c: desk.shield(c, visit.act, body.person))
        return server.json_response({"person": body.person, "withheld": True})

    async def _unshield(self, visit: Visit) -> web.Response:
        desk.check_admin(visit.act.officer)
        person = visit.place("person")
        await self._node.store.write(lambda c: desk.unshield(c, visit.act, person))
        return server.json_response({"person": person, "withheld": False})


def _last(visit: Visit) -> int:
    last = visit.request.query.get("after", "0")
    if not (last.isascii() and last.isdecimal() and len(last) < 17):
        raise BadInput("BAD_NUMBER", "`after` is the id of the last one seen", hint="see GET /openapi.json")
    return int(last)
