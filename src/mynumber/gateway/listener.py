"""The office listener: an office's own officers and systems reach the desk here, and nobody else.

  1. Who: the client certificate of the office's own CA names an officer of this office; else 403 and nothing more.
  2. What: the body is read as its type; the desk decides; what it refuses is written down, once.
  3. Looks are written down before what was looked at leaves, if the right still stands then.

A crash before an answer leaves a look at something that nobody saw, never something seen without its look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from aiohttp import web
from sqlalchemy import Connection

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.office import VaultRow
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node
from mynumber.gateway.acquiring.enrolled import Acquiring
from mynumber.gateway.acquiring.progress import states_of
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.sending import Asking, Shown, Wanted
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.desk import acts, api, credentials
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk import openapi as office_openapi
from mynumber.gateway.desk.acts import Act
from mynumber.gateway.desk.cases import Cases, Look
from mynumber.law import wire as law
from mynumber.law.statute import RowNo
from mynumber.number.my_number import MyNumber
from mynumber.pki import identity
from mynumber.pki.identity import OfficerIdentity
from mynumber.plumbing import sealing, server, tls
from mynumber.plumbing.errors import BadInput, Refused

T = TypeVar("T")

WAIT_SECONDS = 10.0


@dataclass
class Visit:
    """One request of one officer; `procedure` is what it turns out to be about."""

    request: web.Request
    act: Act
    procedure: str = ""

    async def read(self, kind: type[T]) -> T:
        """Return the body as `kind`, or raise BadInput."""
        return api.read(await server.read_body(self.request), kind)

    def place(self, name: str) -> str:
        """Return a variable part of the path."""
        return self.request.match_info[name]

    @property
    def lang(self) -> refusals.Lang:
        """The language that the officer wants sentences of the law in."""
        return "ja" if self.request.headers.get("Accept-Language", "").lower().startswith("ja") else "en"


_VISIT = web.RequestKey("visit", Visit)
Handler = Callable[[Visit], Awaitable[web.Response]]


def add_office(node: Node, settings: GatewayConfig, asking: Asking, acquiring: Acquiring) -> None:
    """Add the office listener to a gateway that is being prepared."""
    office = Office(node, settings, asking, acquiring)
    with node.store.writing() as connection:
        desk.found_office(connection, node.clock.now())
    context = tls.server_context(
        chain=node.folder / "office.crt",
        key=node.folder / "keys" / "office.key",
        trusted=node.folder / "office-ca.crt",
    )
    where = settings.office
    node.listeners.append(server.Listener(office.application(), host=where.host, port=where.port, context=context))


class Office:
    """The routes of one office; each decides nothing itself."""

    def __init__(self, node: Node, settings: GatewayConfig, asking: Asking, acquiring: Acquiring) -> None:
        """Prepare; nothing listens yet."""
        self._node, self._settings, self._asking, self._acquiring = node, settings, asking, acquiring
        self._cases = Cases(settings, sealing.column(node.key("store.key"), "cases", "reason"))

    def application(self) -> web.Application:
        """Return the routes behind admission."""
        app = server.application()
        app.middlewares.append(self._admit)
        app.router.add_get("/health", self._health)
        handlers: dict[str, Handler] = {
            "open_case": self._open_case,
            "list_cases": self._list_cases,
            "show_case": self._show_case,
            "close_case": self._close_case,
            "inquire": self._inquire,
            "show_inquiry": self._show_inquiry,
            "list_looks": self._list_looks,
            "list_acts": self._list_acts,
            "list_rights": self._list_rights,
            "grant_right": self._grant_right,
            "revoke_right": self._revoke_right,
            "add_officer": self._add_officer,
            "remove_officer": self._remove_officer,
            "shield": self._shield,
            "unshield": self._unshield,
            "hand_in": self._hand_in,
            "progress": self._progress,
            "progress_of": self._progress_of,
            "describe": self._describe,
        }
        for route in office_openapi.ROUTES:
            app.router.add_route(route.method, route.path, _for_request(handlers[route.operation]))
        return app

    # Admission.

    async def _health(self, request: web.Request) -> web.Response:
        return await routes.health(self._node, request)

    @web.middleware
    async def _admit(self, request: web.Request, handler: server.Handler) -> web.StreamResponse:
        if request.path == "/health":
            return await handler(request)
        # (1) Who.
        visit = request[_VISIT] = Visit(request, Act(self._officer_of(request), self._node.clock.now()))
        try:
            self._node.store.look(lambda connection: desk.check_officer(connection, visit.act.officer))
            return await handler(request)
        except Refused as refused:
            # (2) Written down; the step that refused left nothing.
            code = refused.code
            if code in desk.LOCAL:
                await self._node.store.write(lambda c: desk.note_refusal(c, visit.act, code, visit.procedure))
            raise

    def _officer_of(self, request: web.Request) -> str:
        der = server.peer_certificate(request)
        try:
            found = None if der is None else identity.officer_of(der)
        except identity.BadCertificate:
            found = None
        if found is None or (found.network, found.office) != (self._settings.network, self._settings.id):
            raise Refused("NO_CERTIFICATE", "an officer's certificate of this office is needed", hint="show one")
        return found.officer

    # Cases.

    async def _open_case(self, visit: Visit) -> web.Response:
        body = await visit.read(api.NewCase)
        api.require_once(body.persons)
        visit.procedure = body.procedure
        case = await self._node.store.write(
            lambda c: self._cases.open(c, visit.act, body.procedure, body.persons, body.reason)
        )
        return server.json_response({"case": case})

    async def _list_cases(self, visit: Visit) -> web.Response:
        cases = await self._node.store.read(lambda c: desk.list_cases(c, visit.act.officer))
        return server.json_response({"cases": cases})

    async def _show_case(self, visit: Visit) -> web.Response:
        case = await self._node.store.write(lambda c: self._case(c, visit, desk.see_case))
        members = {name: getattr(case, name) for name in api.ShownCase.__struct_fields__}
        return server.json_response(members)

    async def _close_case(self, visit: Visit) -> web.Response:
        case = await self._node.store.write(lambda c: self._case(c, visit, desk.close_case))
        return server.json_response({"case": case.id})

    def _case(
        self, connection: Connection, visit: Visit, step: Callable[[Connection, Act, desk.Case], None]
    ) -> desk.Case:
        case = self._cases.find(connection, visit.place("id"))
        visit.procedure = case.procedure
        step(connection, visit.act, case)
        return case

    # Inquiries.

    async def _inquire(self, visit: Visit) -> web.Response:
        body = await visit.read(api.NewInquiry)
        # What came of an entry is told under its person; two under one name could not be told apart.
        api.require_once([entry.person for entry in body.entries])
        case, department = self._node.store.look(lambda c: self._allowed(c, visit, body))
        wanted = [Wanted(entry.person, entry.items, entry.conditions) for entry in body.entries]
        try:
            inquiry = await self._asking.submit(
                visit.act.officer,
                department,
                case,
                body.provider,
                wanted,
                within=lambda connection, made: self._asked(connection, visit, body, made),
                undisclosed=body.undisclosed,
            )
        except ProtocolError as problem:
            shown = refusals.explain(problem.code, case.procedure, lang=visit.lang)
            raise Refused(
                shown["code"], shown["message"], hint=shown["hint"], article=shown.get("article")
            ) from problem
        seen = await self._asking.wait(inquiry, WAIT_SECONDS, partial(self._see, visit, case.id, inquiry))
        return await self._shown(visit, case.id, inquiry, []) if seen is None else self._told(visit, seen)

    def _asked(self, connection: Connection, visit: Visit, body: api.NewInquiry, inquiry: str) -> None:
        """Check again in the transaction that stores the inquiry, and write the look there."""
        desk.check_officer(connection, visit.act.officer)
        self._allowed(connection, visit, body)
        desk.note_looks(connection, visit.act, [Look("inquiry-made", body.case, inquiry)])

    def _allowed(self, connection: Connection, visit: Visit, body: api.NewInquiry) -> tuple[desk.Case, str]:
        officer = visit.act.officer
        case = self._cases.find(connection, body.case)
        visit.procedure = case.procedure
        desk.check_inquiry(connection, officer, case, [entry.person for entry in body.entries])
        return case, self._cases.department(connection, officer, case.procedure)

    async def _show_inquiry(self, visit: Visit) -> web.Response:
        inquiry = visit.place("id")
        case = self._node.store.look(lambda c: self._may_see(c, visit, inquiry))
        return await self._shown(visit, case, inquiry, [Look("inquiry-seen", case, inquiry)])

    def _may_see(self, connection: Connection, visit: Visit, inquiry: str) -> str:
        case, visit.procedure = desk.case_of(connection, inquiry)
        desk.check_right(connection, visit.act.officer, visit.procedure)
        return case

    def _see(self, visit: Visit, case: str, inquiry: str, connection: Connection, shown: Shown) -> bool:
        """(3) Write the looks in the transaction that stores what is seen; False if the right is gone by then."""
        try:
            desk.see_inquiry(connection, visit.act, visit.procedure, _data_seen(case, inquiry, shown))
        except Refused:
            # He is told behind this, and there it is written down.
            return False
        return True

    async def _shown(self, visit: Visit, case: str, inquiry: str, looks: list[Look]) -> web.Response:
        shown = self._asking.view(inquiry)
        looks = [*looks, *_data_seen(case, inquiry, shown)]
        if looks:
            # (3) Looks first; the officer may have waited for long.
            await self._node.store.write(lambda c: desk.see_inquiry(c, visit.act, visit.procedure, looks))
        return self._told(visit, shown)

    def _told(self, visit: Visit, shown: Shown) -> web.Response:
        refusal = shown.get("refusal")
        if isinstance(refusal, dict):
            shown = {**shown, "refusal": refusals.in_language(refusal, visit.procedure, visit.lang)}
        return server.json_response(shown, status=202 if shown["state"] == "pending" else 200)

    # What admin does.

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
        _require_procedure(body.procedure)
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

    # Acquisition and the description.

    async def _hand_in(self, visit: Visit) -> web.Response:
        visit.procedure = desk.ACQUISITION
        await self._node.store.read(lambda c: desk.check_right(c, visit.act.officer, desk.ACQUISITION))
        body = await visit.read(api.NewPersons)
        api.require_once([person.ref for person in body.persons])
        self._require_ground(body.ground, visit)
        accepted = await self._acquiring.hand_in(body.ground, list(_vault_rows(body.persons)), lost=body.lost)
        return server.json_response({"accepted": accepted})

    async def _progress(self, _visit: Visit) -> web.Response:
        return server.json_response(await self._acquiring.progress())

    async def _progress_of(self, visit: Visit) -> web.Response:
        visit.procedure = desk.ACQUISITION
        await self._node.store.read(lambda c: desk.check_right(c, visit.act.officer, desk.ACQUISITION))
        body = await visit.read(api.Persons)
        api.require_once(body.persons)
        return server.json_response(await self._node.store.read(lambda c: states_of(c, body.persons)))

    def _require_ground(self, ground: str, visit: Visit) -> None:
        # My Number Act art. 21-2: codes are for the procedures of the linkage table in which the office takes part.
        procedure = law.wire_procedure(RowNo(ground.removeprefix("link-")))
        _require_procedure(procedure)
        me, laws = self._settings.id, self._node.view.laws
        # Before the first law table has arrived the register decides alone, as it does about every request.
        if laws.tables and not laws.in_force(visit.act.at).takes_part(me, procedure):
            shown = refusals.explain("LAW_REFUSED", procedure, lang=visit.lang)
            message = f"{me} neither asks nor answers in {procedure}"
            raise Refused("LAW_REFUSED", message, hint=shown["hint"], article=shown.get("article"))

    async def _describe(self, _visit: Visit) -> web.Response:
        return server.json_response(office_openapi.openapi(self._settings.id, self._settings.office.url))


def _for_request(handler: Handler) -> server.Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await handler(request[_VISIT])

    return handle


def _last(visit: Visit) -> int:
    last = visit.request.query.get("after", "0")
    if not (last.isascii() and last.isdecimal() and len(last) < 17):
        raise BadInput("BAD_NUMBER", "`after` is the id of the last one seen", hint="see GET /openapi.json")
    return int(last)


def _data_seen(case: str, inquiry: str, shown: Shown) -> list[Look]:
    entries = shown["entries"]
    assert isinstance(entries, list)  # noqa: S101  # the object of DOORS
    persons = dict.fromkeys(entry["person"] for entry in entries if entry["class"] != "pending")
    return [Look("data-seen", case, inquiry, person) for person in persons]


def _require_procedure(procedure: str) -> None:
    """Raise UNKNOWN_ROW for a row that the linkage table does not have; nothing could ever be asked under it."""
    if procedure.startswith("link-") and law.row_of(procedure) is None:
        raise BadInput(
            "UNKNOWN_ROW", f"{procedure} is no row of the linkage table", hint="see `mynumber law table linkages`"
        )


def _vault_rows(persons: Iterable[api.NewPerson]) -> Iterable[VaultRow]:
    for place, person in enumerate(persons):
        try:
            number = MyNumber(person.number)
        except BadInput as problem:
            raise BadInput(problem.code, f"{problem.message} - at `$.persons[{place}]`", hint=problem.hint) from None
        basic = Basic(name=person.name, kana=person.kana, birth=person.birth, sex=person.sex, address=person.address)
        yield VaultRow(person.ref, number, basic)
