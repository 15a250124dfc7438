"""Bad input at every call between institutions: refused in the right form, without an effect, and told to no journal.

Bodies are what the parties really sent (`genuine`), each with one lie. That the unaltered body gets through the same
door shows that the lie alone is refused.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import mynumber
from mynumber.plumbing import canonical
from tests.town import doors as town_doors
from tests.town import traces
from tests.town.bending import MISWRITTEN, bent
from tests.town.conftest import Served
from tests.town.doors import LIES, MIB, NUMBERS, PLANTED, Doors, name_of
from tests.town.genuine import ACQUISITION, CALLS, COUNTS, HIDDEN, OUTCOME, UNLINK, Call
from tests.town.knocking import JSON, refused

# Calls that every office answers, beside those whose bodies are known.
OTHERS = (
    Call("city-a", "/v1/inquire", "city-b"),
    Call("city-b", "/v1/inquire", "city-a"),
    Call("city-b", "/v1/enrolled", "register"),
    Call("pension", "/v1/enrolled", "register"),
    Call("city-a", "/v1/form", "operator-1"),
    Call("register", "/v1/login", "portal"),
    Call("register", "/v1/order", "portal"),
    Call("portal", "/v1/replicate", "keeper"),
    Call("portal", "/v1/locators", "keeper"),
)


@pytest.fixture(scope="module")
def doors(served: Served) -> Iterator[Doors]:
    with town_doors.opened(served) as opened:
        yield opened


def test_every_call_of_the_house_is_knocked_at() -> None:
    source = Path(mynumber.__file__).parent
    known = {
        (room, name)
        for path in source.rglob("*.py")
        for room in [path.relative_to(source).parts[0]]
        if room != "exchange"
        for name in re.findall(r'add_call\(node, "(\w+)"', path.read_text(encoding="utf-8"))
    }
    rooms = {"operator-1": "network", "operator-2": "network", "supervisor": "oversight"}
    offices = ("city-a", "city-b", "pension")
    knocked = {
        (rooms.get(call.server, "gateway" if call.server in offices else call.server), call.path.rsplit("/", 1)[-1])
        for call in (*CALLS, *OTHERS)
    }
    assert known == knocked


# The same bytes again.


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_the_same_bytes_get_the_stored_answer_and_leave_no_row(doors: Doors, call: Call) -> None:
    with doors.stores.gain():
        first, second = (doors.post(call, doors.sent[call]) for _ in range(2))
    assert (first.status, first.media) == (200, "application/json")
    assert first == second


# Lies about the bytes.


@pytest.mark.parametrize("call", [*CALLS, *OTHERS], ids=name_of)
def test_a_file_of_lies_is_refused(doors: Doors, call: Call) -> None:
    with doors.stores.gain():
        for path in LIES:
            assert refused(doors.post(call, path.read_bytes()), call=True) == "BAD_ENCODING", path.name


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_a_body_in_other_bytes_is_refused(doors: Doors, call: Call) -> None:
    data = canonical.encode(doors.sent[call])
    with doors.stores.gain():
        for how, miswritten in MISWRITTEN.items():
            assert refused(doors.post(call, miswritten(data)), call=True) == "BAD_ENCODING", how


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_another_media_type_or_coding_is_refused(doors: Doors, call: Call) -> None:
    data, way = canonical.encode(doors.sent[call]), doors.of(call.server, call.client)
    headers = [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json, text/plain"},
        *({**JSON, "Content-Encoding": coding} for coding in ("gzip", "deflate", "br", "unheard-of")),
    ]
    with doors.stores.gain():
        for header in headers:
            answer = way.send("POST", call.path, data, header)
            assert refused(answer, call=True) == "BAD_ENCODING", header


@pytest.mark.parametrize("call", [*CALLS, *OTHERS], ids=name_of)
def test_a_body_of_more_than_4_mib_is_refused(doors: Doors, call: Call) -> None:
    journal = doors.served.town.institution(call.server).folder / "journal" / "serve.log"
    before = journal.read_text(encoding="ascii").count('"TOO_LARGE"')
    with doors.stores.gain():
        answer = doors.post(call, b'{"a":"' + b"x" * (4 * MIB) + b'"}')
    assert refused(answer, call=True) == "BAD_ENCODING"
    # On the wire all that is malformed has one name; the journal tells what it was.
    assert journal.read_text(encoding="ascii").count('"TOO_LARGE"') == before + 1


@pytest.mark.parametrize("call", [ACQUISITION, HIDDEN, OUTCOME, UNLINK, COUNTS], ids=name_of)
def test_a_form_with_a_member_of_another_type_is_refused(doors: Doors, call: Call) -> None:
    with doors.stores.gain():
        for how, lie in bent(doors.sent[call]):
            assert refused(doors.post(call, lie), call=True), how


# Who may call.


@pytest.mark.parametrize("call", CALLS, ids=name_of)
def test_a_call_of_anybody_else_is_refused(doors: Doors, call: Call) -> None:
    roles = dict(doors.forge.directory.body.roles())
    expected = dict.fromkeys(roles, "PERMIT_MISMATCH")
    if call.path == "/v1/form":
        # Another office did not sign this form; whoever is no office has another form for this addressee, or none.
        expected = {party: "SIGNATURE_SET" if role == "agency" else "WRONG_TYPE" for party, role in roles.items()}
    if call is ACQUISITION:
        # To other offices these would be requests of their own.
        expected = {party: "ROLE_CONFLICT" for party, role in roles.items() if role != "agency"}
    expected |= dict.fromkeys(("visitor", "nobody"), "UNKNOWN_PARTY")
    expected.pop(call.client, None)
    with doors.stores.gain():
        told = {by: refused(doors.post(call, doors.sent[call], by=by), call=True) for by in expected}
    assert told == expected


# Routes.


@pytest.mark.parametrize("server", sorted({call.server for call in CALLS} | {"city-b"}))
def test_another_route_or_method_is_refused(doors: Doors, server: str) -> None:
    paths = sorted({call.path for call in (*CALLS, *OTHERS) if call.server == server})
    way = doors.of(server, "visitor")
    with doors.stores.gain():
        for path in ("/v1/unheard-of", "/v1/", "/v1/form/1", "/v1/permit", *(path + "/" for path in paths)):
            assert refused(way.post(path, b"{}"), call=path.startswith("/v1/")) == "NO_SUCH_ROUTE", path
        for path in paths:
            for method in ("GET", "PUT", "DELETE", "PATCH"):
                answer = way.send(method, path, b"{}", JSON)
                assert refused(answer, call=path.startswith("/v1/")) == "NO_SUCH_METHOD", (method, path)
        for path in ("/", "/cases", f"/{PLANTED[0]}", "/..%2f..%2fkeys/node.key", "/%ff%00%ed%a0%80"):
            assert refused(way.send("GET", path), call=False) == "NO_SUCH_ROUTE", path
        assert refused(way.post("/health", b"{}"), call=False) == "NO_SUCH_METHOD"


LOGS = ("operator-1", "operator-2", "keeper", "city-a", "city-b", "pension")


@pytest.mark.parametrize("server", LOGS)
def test_a_log_refuses_proofs_of_what_it_is_not(doors: Doors, server: str) -> None:
    way, size = doors.of(server, "visitor"), doors.served.evidence.count(server, "log_entries")
    queries = {f"/log/{path}": "BAD_NUMBER" for path in ("consistency", "inclusion")}
    for wrong in NUMBERS:
        queries |= {f"/log/consistency?old={wrong}&new={size}": "BAD_NUMBER"}
        queries |= {f"/log/inclusion?index=0&size={wrong}": "BAD_NUMBER"}
    queries |= {
        f"/log/consistency?old={size}&new={size - 1}": "NOT_IN_LOG",
        f"/log/consistency?old=0&new={size + 1}": "BAD_TREE",
        f"/log/inclusion?index={size}&size={size}": "NOT_IN_LOG",
        "/log/inclusion?index=0&size=0": "NOT_IN_LOG",
        f"/log/inclusion?index=0&size={'9' * 15}": "BAD_TREE",
        f"/log/consistency?old={'9' * 15}&new={'9' * 15}": "BAD_TREE",
    }
    with doors.stores.gain():
        assert {path: refused(way.send("GET", path), call=False) for path in queries} == queries
        assert way.send("GET", f"/log/inclusion?index=0&size={size}").status == 200


@pytest.mark.parametrize(
    ("server", "folder", "code"), [("supervisor", "law", "NO_PAPER"), ("operator-1", "directory", "NO_DIRECTORY")]
)
def test_a_paper_that_is_none_is_refused(doors: Doors, server: str, folder: str, code: str) -> None:
    way, digest = doors.of(server, "visitor"), doors.forge.directory.hash.hex()
    wrong = ("0" * 63, "0" * 65, digest.upper(), "g" * 64, "current/", "..%2fcurrent", PLANTED[0], "%00" * 32)
    with doors.stores.gain():
        assert refused(way.send("GET", f"/{folder}/{'0' * 64}"), call=False) == code
        for name in wrong:
            assert refused(way.send("GET", f"/{folder}/{name}"), call=False) == "NO_SUCH_ROUTE", name
        assert way.send("GET", f"/{folder}/current").status == 200


# What the journals say of all this.


def test_no_journal_tells_what_was_in_bad_input(doors: Doors, tmp_path: Path) -> None:
    person = doors.served.cast.recipient
    personal = (doors.served.people.numbers[person.index], person.name, person.kana, person.address)
    ref = doors.served.cast.ref("city-a", person)
    needles = (*PLANTED, *personal, ref)
    for place, needle in enumerate(needles):
        (tmp_path / str(place)).write_text(f"error: {needle!a} refused\n", encoding="utf-8")
    assert {needle for _, needle in traces.told(tmp_path, needles)} == set(needles)
    assert traces.journals_tell(doors.served.town, needles) == []
