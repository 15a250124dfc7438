"""The office listener: an office's own officers and systems reach the desk here, and nobody else.

  1. Who: the client certificate of the office's own CA names an officer of this office; else 403 and nothing more.
  2. What: the body is read as its type; the desk decides; what it refuses is written down, once.
  3. Looks are written down before what was looked at leaves, if the right still stands then.

A crash before an answer leaves a look at something that nobody saw, never something seen without its look.
"""

from collections.abc import Callable, Iterable
from functools import partial

from aiohttp import web
from sqlalchemy import Connection

from mynumber.acquisition.basic import Basic
from mynumber.acquisition.office import VaultRow
from mynumber.codes.errors import ProtocolError
from mynumber.exchange.running import routes
from mynumber.exchange.running.node import Node
from mynumber.gateway.acquiring.enrolled import Acquiring
from mynumber.gateway.acquiring.progress import failed_of, states_of
from mynumber.gateway.asking import refusals
from mynumber.gateway.asking.sending import Asking, Shown, Wanted
from mynumber.gateway.config import GatewayConfig
from mynumber.gateway.desk import api
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk import openapi as office_openapi
from mynumber.gateway.desk.acts import Act
from mynumber.gateway.desk.cases import Cases, Look
from mynumber.gateway.office.administration import Administration
from mynumber.gateway.office.visits import Handler, Visit, require_procedure
from mynumber.law import wire as law
from mynumber.law.statute import RowNo
from mynumber.number.my_number import MyNumber
from mynumber.pki import identity
from mynumber.plumbing import sealing, server, tls
from mynumber.plumbing.errors import BadInput, Refused

WAIT_SECONDS = 10.0
_VISIT = web.RequestKey("visit", Visit)


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
        handlers = self._handlers() | Administration(self._node, self._settings).handlers()
        for route in office_openapi.ROUTES:
            app.router.add_route(route.method, route.path, _for_request(handlers[route.operation]))
        return app

    def _handlers(self) -> dict[str, Handler]:
        return {
            "open_case": self._open_case,
            "list_cases": self._list_cases,
            "show_case": self._show_case,
            "close_case": self._close_case,
            "inquire": self._inquire,
            "show_inquiry": self._show_inquiry,
            "hand_in": self._hand_in,
            "progress": self._progress,
            "progress_of": self._progress_of,
            "failed_of": self._failed_of,
            "describe": self._describe,
        }

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
        persons = await self._handed_in(visit)
        return server.json_response(await self._node.store.read(lambda c: states_of(c, persons)))

    async def _failed_of(self, visit: Visit) -> web.Response:
        persons = await self._handed_in(visit)
        return server.json_response({"persons": await self._node.store.read(lambda c: failed_of(c, persons))})

    async def _handed_in(self, visit: Visit) -> tuple[str, ...]:
        visit.procedure = desk.ACQUISITION
        await self._node.store.read(lambda c: desk.check_right(c, visit.act.officer, desk.ACQUISITION))
        body = await visit.read(api.Persons)
        api.require_once(body.persons)
        return body.persons

    def _require_ground(self, ground: str, visit: Visit) -> None:
        # My Number Act art. 21-2: codes are for the procedures of the linkage table in which the office takes part.
        procedure = law.wire_procedure(RowNo(ground.removeprefix("link-")))
        require_procedure(procedure)
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


def _data_seen(case: str, inquiry: str, shown: Shown) -> list[Look]:
    entries = shown["entries"]
    assert isinstance(entries, list)  # noqa: S101  # the object of DOORS
    persons = dict.fromkeys(entry["person"] for entry in entries if entry["class"] != "pending")
    return [Look("data-seen", case, inquiry, person) for person in persons]


def _vault_rows(persons: Iterable[api.NewPerson]) -> Iterable[VaultRow]:
    for place, person in enumerate(persons):
        try:
            number = MyNumber(person.number)
        except BadInput as problem:
            raise BadInput(problem.code, f"{problem.message} - at `$.persons[{place}]`", hint=problem.hint) from None
        basic = Basic(name=person.name, kana=person.kana, birth=person.birth, sex=person.sex, address=person.address)
        yield VaultRow(person.ref, number, basic)
