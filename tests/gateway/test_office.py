"""The office listener over real HTTPS: who gets in, what a body is, what is refused and what is written down."""

import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, update

from mynumber.codes.permit import request
from mynumber.codes.permit.answers import Result
from mynumber.codes.permit.request import Exchange
from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk import openapi as office_openapi
from mynumber.gateway.desk.acts import Act
from mynumber.gateway.store import ACQUISITIONS, CASES
from mynumber.law import statute
from mynumber.pki import certificates
from mynumber.pki.certificates import CLIENT, Leaf
from mynumber.pki.identity import NodeIdentity, OfficerIdentity
from mynumber.pki.officers import issue_office_root, issue_officer
from mynumber.plumbing import canonical
from tests.boot.network import NOW
from tests.gateway import running
from tests.gateway.running import Answer, Office

ENTRY = {"person": "r1", "items": ["pension/recipient"]}
PERSON = {"ref": "r1", "name": "甲野花子", "kana": "", "birth": "2000-01-31", "sex": "female", "address": "甲野市1"}
NUMBERED = PERSON | {"number": "123456789018"}
PERSONS: dict[str, Any] = {"ground": "link-107", "persons": [NUMBERED]}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/cases"): {"procedure": "link-107", "persons": ["r1"], "reason": "claim 5"},
    ("POST", "/inquiries"): {"case": "0123456789abcdef", "provider": "pension", "entries": [ENTRY]},
    ("POST", "/rights"): {"officer": "jiro", "procedure": "link-1"},
    ("POST", "/officers"): {"name": "kumi", "department": "", "csr": "-"},
    ("POST", "/shields"): {"person": "r1"},
    ("POST", "/persons"): PERSONS,
}
OPERATIONS = [(route.method, route.path) for route in office_openapi.ROUTES]
FOR_ADMIN = [
    ("GET", "/looks"),
    ("GET", "/acts"),
    ("POST", "/rights"),
    ("DELETE", "/rights/jiro/link-106"),
    ("POST", "/officers"),
    ("DELETE", "/officers/jiro"),
    ("POST", "/shields"),
    ("DELETE", "/shields/r1"),
]
# Who may send a body at all, so that it is the body that is refused.
MAY = {"/cases": "hanako", "/inquiries": "hanako", "/persons": "taro"}


def told(answer: Answer) -> tuple[int, str]:
    """Return status and code of a refusal, which is a problem document with a next action."""
    assert answer.media == "application/problem+json"
    assert set(answer.value) <= {"code", "message", "hint", "article"}
    assert answer.value["message"]
    assert answer.value["hint"]
    return answer.status, answer.value["code"]


def refused(office: Office) -> list[tuple[Any, ...]]:
    """Return what is written down of refusals."""
    return office.rows('SELECT asker, code, "procedure" FROM refusals ORDER BY id')


def looks(office: Office) -> list[tuple[Any, ...]]:
    """Return what is written down of looks."""
    return office.rows('SELECT officer, what, "case", inquiry, person FROM looks ORDER BY id')


def certificate(folder: Path, key: ec.EllipticCurvePrivateKey, issued: x509.Certificate) -> Path:
    """Write a certificate and its key as an officer's folder has them."""
    folder.mkdir()
    (folder / "officer.key").write_bytes(certificates.key_pem(key))
    (folder / "officer.crt").write_bytes(certificates.certificate_pem(issued))
    return folder


def authority_of(office: Office) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the office's own CA."""
    key = certificates.load_key((office.folder / "keys" / "office-ca.key").read_bytes())
    return key, certificates.load_certificate((office.folder / "office-ca.crt").read_bytes())


# Who gets in.


@pytest.mark.parametrize(("method", "path"), [*OPERATIONS, ("GET", "/nowhere"), ("PATCH", "/cases")])
def test_nobody_gets_anything(office: Office, method: str, path: str) -> None:
    before = refused(office)
    assert told(office.call(method, path, BODIES.get((method, path)), who=None)) == (403, "NO_CERTIFICATE")
    assert refused(office) == before


def test_this_machine_may_ask_whether_the_gateway_is_well(office: Office) -> None:
    assert office.call("GET", "/health", who=None).value["state"] == "ready"
    assert office.call("GET", "/health").value["party"] == "city-a"


def test_the_same_name_under_another_authority_ends_in_the_handshake(office: Office, tmp_path: Path) -> None:
    key, mine = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = issue_office_root(key, NodeIdentity("demo", "city-a"), now=NOW, serial=1)
    named = OfficerIdentity("demo", "city-a", "hanako")
    issued = issue_officer(key, root, mine.public_key(), named, now=NOW, serial=2)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        office.call("GET", "/cases", who=certificate(tmp_path / "thief", mine, issued))


def test_an_institution_ends_in_the_handshake(office: Office, tmp_path: Path) -> None:
    key = certificates.load_key((office.folder / "keys" / "node.key").read_bytes())
    issued = certificates.load_certificate((office.folder / "node.crt").read_bytes())
    with pytest.raises((ssl.SSLError, ConnectionError)):
        office.call("GET", "/cases", who=certificate(tmp_path / "node", key, issued))


@pytest.mark.parametrize(
    "uri",
    [
        "urn:mynumber:demo:city-a",
        "urn:mynumber:demo:city-b:officer:hanako",
        "urn:mynumber:other:city-a:officer:hanako",
    ],
)
def test_a_certificate_of_ours_that_names_no_officer_of_ours_is_nobodys(
    office: Office, tmp_path: Path, uri: str
) -> None:
    key, mine = authority_of(office)[0], ec.generate_private_key(ec.SECP256R1())
    leaf = Leaf(x509.Name([]), (x509.UniformResourceIdentifier(uri),), (CLIENT,), mine.public_key())
    issued = certificates.issue_leaf(key, authority_of(office)[1], leaf, now=NOW, serial=3)
    answer = office.call("GET", "/cases", who=certificate(tmp_path / "odd", mine, issued))
    assert told(answer) == (403, "NO_CERTIFICATE")


def test_an_officer_whom_nobody_added_is_refused_and_written_down(office: Office, tmp_path: Path) -> None:
    (key, root), mine = authority_of(office), ec.generate_private_key(ec.SECP256R1())
    named = OfficerIdentity("demo", "city-a", "ghost")
    issued = issue_officer(key, root, mine.public_key(), named, now=NOW, serial=4)
    answer = office.call("GET", "/openapi.json", who=certificate(tmp_path / "ghost", mine, issued))
    assert told(answer) == (403, "NO_RIGHT")
    assert refused(office)[-1] == ("ghost", "NO_RIGHT", "")


# What a body is.


@pytest.mark.parametrize("where", BODIES, ids=lambda where: where[1])
def test_a_body_that_is_not_as_described_is_refused_and_leaves_nothing(office: Office, where: tuple[str, str]) -> None:
    who, body = MAY.get(where[1], "admin"), BODIES[where]
    text = json.dumps(body)
    twice = text[:-1] + f', "{next(iter(body))}": ' + json.dumps(next(iter(body.values()))) + "}"
    required = [name for name in body if name != "department"]
    wrong: list[object] = [7, None, {}]
    bad: list[object] = [
        *({name: body[name] for name in body if name != left} for left in required),
        *(body | {name: value} for name in body for value in wrong),
        body | {"extra": 1},
        [body],
        *(part.encode() for part in (twice, text[:-1], "", text + text, text.replace(": ", ": NaN, ", 1))),
        text.encode("utf-16"),
        b'{"a": "\\ud800"}',
        b"[" * 50_000,
    ]
    before = office.rows("SELECT count(*) FROM cases"), refused(office), looks(office)
    for each in bad:
        assert told(office.call(*where, each, who=who)) == (400, "BAD_BODY"), each
    assert (office.rows("SELECT count(*) FROM cases"), refused(office), looks(office)) == before


def test_what_is_inside_a_body_is_checked_too(office: Office) -> None:
    case, person, entry = BODIES["POST", "/cases"], NUMBERED, BODIES["POST", "/inquiries"]
    bad: list[tuple[str, object]] = [
        ("/cases", case | {"persons": []}),
        ("/cases", case | {"persons": ["r1", "r1"]}),
        ("/cases", case | {"persons": ["r\n1"]}),
        ("/cases", case | {"procedure": "link-107\n"}),
        ("/cases", case | {"procedure": "acquisition"}),
        ("/cases", case | {"reason": ""}),
        ("/cases", json.dumps(case | {"reason": "\ud800"}).encode()),
        ("/cases", json.dumps(case | {"reason": float("nan")}).encode()),
        ("/inquiries", entry | {"entries": []}),
        ("/inquiries", entry | {"entries": [ENTRY | {"items": []}]}),
        ("/inquiries", entry | {"entries": [ENTRY | {"extra": 1}]}),
        ("/inquiries", entry | {"entries": [ENTRY | {"conditions": {"fiscal_year": 2025.0}}]}),
        ("/inquiries", entry | {"entries": [ENTRY | {"conditions": {"from": "2025-01-01"}}]}),
        ("/persons", PERSONS | {"persons": [person, person]}),
        ("/persons", PERSONS | {"persons": [person | {"birth": "2000-02-31"}]}),
        ("/persons", PERSONS | {"ground": "123456789018"}),
    ]
    for path, body in bad:
        assert told(office.call("POST", path, body, who=MAY[path])) == (400, "BAD_BODY"), body


def test_an_error_repeats_no_value(office: Office) -> None:
    person = NUMBERED
    for member in person:
        secret = "983205673214 甲野"
        body = PERSONS | {"persons": [person | {member: secret + "\x07"}]}
        answer = office.call("POST", "/persons", body, who="taro")
        assert told(answer) == (400, "BAD_BODY")
        assert secret not in answer.value["message"]
    answer = office.call("POST", "/shields", {"person": "r1", "123456789018": 1}, who="admin")
    assert answer.value["message"] == "Object contains unknown field"
    assert "`extra`" in office.call("POST", "/shields", {"person": "r1", "extra": 1}, who="admin").value["message"]
    answer = office.call("POST", "/persons", PERSONS | {"persons": [person | {"number": "123456789012"}]}, who="taro")
    assert told(answer) == (400, "NUMBER_CHECK_DIGIT")
    assert "$.persons[0]" in answer.value["message"]
    assert "123456789012" not in json.dumps(answer.value)


def test_a_body_is_json_of_a_sane_size(office: Office) -> None:
    body = json.dumps(BODIES["POST", "/cases"]).encode()
    for kind in ("text/plain", "application/problem+json"):
        answer = office.call("POST", "/cases", body, headers={"Content-Type": kind})
        assert told(answer) == (400, "BAD_MEDIA_TYPE")
    assert (
        office.call("POST", "/cases", body, headers={"Content-Type": "application/json; charset=utf-8"}).status == 200
    )
    assert told(office.call("POST", "/cases", body + b" " * 4 * 1024 * 1024)) == (400, "TOO_LARGE")


def test_other_routes_and_methods_are_problems_too(office: Office) -> None:
    assert told(office.call("GET", "/nowhere")) == (404, "NO_SUCH_ROUTE")
    assert told(office.call("PATCH", "/cases")) == (405, "NO_SUCH_METHOD")


# What the desk refuses, and that it is written down once.


@pytest.mark.parametrize(("method", "path"), FOR_ADMIN)
def test_what_is_for_admin_is_refused_to_others(office: Office, method: str, path: str) -> None:
    before = refused(office)
    assert told(office.call(method, path, BODIES.get((method, path)))) == (403, "NO_RIGHT")
    assert refused(office) == [*before, ("hanako", "NO_RIGHT", "")]


@pytest.mark.parametrize("who", ["admin", "jiro", "taro"])
def test_a_case_takes_the_right_for_its_procedure(office: Office, who: str) -> None:
    before, cases = refused(office), office.rows("SELECT id FROM cases")
    assert told(office.call("POST", "/cases", BODIES["POST", "/cases"], who=who)) == (403, "NO_RIGHT")
    assert refused(office) == [*before, (who, "NO_RIGHT", "link-107")]
    assert office.rows("SELECT id FROM cases") == cases


@pytest.mark.parametrize("who", ["admin", "jiro"])
def test_a_case_of_others_is_neither_shown_nor_closed_nor_asked_in(office: Office, who: str) -> None:
    case = office.open_case("r1")
    before, seen = refused(office), looks(office)
    body = BODIES["POST", "/inquiries"] | {"case": case}
    for method, path, sent in (
        ("GET", f"/cases/{case}", None),
        ("POST", f"/cases/{case}/close", None),
        ("POST", "/inquiries", body),
    ):
        assert told(office.call(method, path, sent, who=who)) == (403, "NO_RIGHT")
    assert refused(office) == before + [(who, "NO_RIGHT", "link-107")] * 3
    assert looks(office) == seen


@pytest.mark.parametrize("case", ["0123456789abcdef", "%00", "..%2f", "甲野", "x" * 300])
def test_a_case_that_is_not_there_is_refused(office: Office, case: str) -> None:
    before = refused(office)
    place = case if case.isascii() else "%E7%94%B2"
    for method, path in (("GET", f"/cases/{place}"), ("POST", f"/cases/{place}/close")):
        assert told(office.call(method, path)) == (404, "NO_CASE")
    assert refused(office) == before + [("hanako", "NO_CASE", "")] * 2


def test_an_inquiry_outside_a_case_is_refused(office: Office) -> None:
    before = refused(office)
    assert told(office.call("POST", "/inquiries", BODIES["POST", "/inquiries"])) == (404, "NO_CASE")
    case = office.open_case("r1")
    entries = [ENTRY, ENTRY | {"person": "r-other"}]
    body = {"case": case, "provider": "pension", "entries": entries}
    assert told(office.call("POST", "/inquiries", body)) == (404, "UNKNOWN_PERSON")
    assert office.call("POST", f"/cases/{case}/close").value == {"case": case}
    assert told(office.call("POST", "/inquiries", body | {"entries": [ENTRY]})) == (409, "NO_CASE")
    assert told(office.call("POST", f"/cases/{case}/close")) == (409, "NO_CASE")
    added = [("NO_CASE", ""), ("UNKNOWN_PERSON", "link-107"), ("NO_CASE", "link-107"), ("NO_CASE", "link-107")]
    assert refused(office) == [*before, *(("hanako", code, procedure) for code, procedure in added)]
    assert office.rows('SELECT id FROM inquiries WHERE "case" = ?', case) == []


def test_an_inquiry_about_somebody_without_a_code_is_refused(office: Office) -> None:
    before, case = refused(office), office.open_case("r-without")
    entries = [ENTRY | {"person": "r-without"}]
    answer = office.call("POST", "/inquiries", {"case": case, "provider": "pension", "entries": entries})
    assert told(answer) == (409, "CODE_NOT_ACQUIRED")
    assert refused(office) == [*before, ("hanako", "CODE_NOT_ACQUIRED", "link-107")]


def test_an_inquiry_of_nobody_is_refused(office: Office) -> None:
    office.give_code("r-known")
    case = office.open_case("r-known")
    body = {"case": case, "provider": "city-z", "entries": [ENTRY | {"person": "r-known"}]}
    unknown = office.call("POST", "/inquiries", body)
    assert told(unknown) == (404, "UNKNOWN_PROVIDER")
    assert "city-a, pension" in str(unknown)
    assert told(office.call("GET", "/inquiries/0123456789abcdef")) == (404, "UNKNOWN_INQUIRY")


def test_the_article_that_hides_an_inquiry_travels_in_its_request(office: Office, impatient: None) -> None:
    office.give_code("r-hidden")
    case, article = office.open_case("r-hidden"), "425AC0000000027 Art.23(2)(2)"
    body = {"case": case, "provider": "pension", "entries": [ENTRY | {"person": "r-hidden"}]}
    for undisclosed in ({}, {"undisclosed": article}):
        made = office.call("POST", "/inquiries", body | undisclosed).value["id"]
        ((message,),) = office.rows("SELECT message FROM inquiries WHERE id = ?", made)
        sent = request.read_body(request.open_message(canonical.decode(message)))
        assert isinstance(sent, Exchange)
        assert sent.undisclosed == undisclosed.get("undisclosed", "")
    assert told(office.call("POST", "/inquiries", body | {"undisclosed": "a\n"})) == (400, "BAD_BODY")


def test_a_right_that_is_taken_back_is_gone_at_once(office: Office) -> None:
    office.hire("noriko", "link-107")
    case = office.open_case("r1", who="noriko")
    gone = office.call("DELETE", "/rights/noriko/link-107", who="admin")
    assert gone.value == {"rights": []}
    assert told(office.call("GET", f"/cases/{case}", who="noriko")) == (403, "NO_RIGHT")
    assert told(office.call("DELETE", "/rights/noriko/link-107", who="admin")) == (404, "UNKNOWN_RIGHT")


def test_admin_holds_no_right(office: Office) -> None:
    body = {"officer": "admin", "procedure": "link-107"}
    assert told(office.call("POST", "/rights", body, who="admin")) == (409, "NO_RIGHT")
    assert office.call("GET", "/cases", who="admin").value == {"cases": []}


def test_an_inquiry_that_is_too_large_is_refused_and_leaves_nothing(office: Office) -> None:
    persons = [f"large-{number}" for number in range(9)]
    for person in persons:
        office.give_code(person)
    case = office.open_case(*persons)
    before = refused(office), looks(office)
    law = statute.current()
    items = [f"{info}/{relation}" for info in law.information for relation in law.relations][:256]
    entries = [{"person": person, "items": items} for person in persons]
    answer = office.call("POST", "/inquiries", {"case": case, "provider": "pension", "entries": entries})
    assert told(answer) == (400, "TOO_LARGE")
    assert "fewer persons" in answer.value["hint"]
    assert (refused(office), looks(office)) == before
    assert office.rows('SELECT id FROM inquiries WHERE "case" = ?', case) == []


# What is taken away while an inquiry is made or waited for.


@contextmanager
def held_back(office: Office, step: Callable[[Connection], object]) -> Iterator[Callable[[], None]]:
    """Hold back every writing step and let `step` be the next; the block gets what waits for one step behind it."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        begun.set()
        assert go_on.wait(30)

    def wait() -> None:
        end = time.monotonic() + 30
        while office.node.store._steps.qsize() < 2:
            assert time.monotonic() < end
            time.sleep(0.01)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(office.node.store.write_now, hold)
        assert begun.wait(30)
        second = pool.submit(office.node.store.write_now, step)
        try:
            yield wait
        finally:
            go_on.set()
        first.result(30)
        second.result(30)


GONE: dict[str, tuple[Callable[[Connection, str], object], tuple[int, str]]] = {
    "right": (lambda c, _: desk.revoke(c, Act("admin", 1), "emi", "link-107"), (403, "NO_RIGHT")),
    "officer": (lambda c, _: desk.remove_officer(c, Act("admin", 1), "emi"), (403, "NO_RIGHT")),
    "case": (lambda c, case: c.execute(update(CASES).where(CASES.c.id == case).values(closed=1)), (409, "NO_CASE")),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("what", GONE)
def test_what_is_taken_away_while_an_inquiry_is_made_stops_it(tmp_path: Path, what: str) -> None:
    take_away, answer = GONE[what]
    with running.make(tmp_path).listening() as office:
        office.hire("emi", "link-107")
        office.give_code("r1")
        case = office.open_case("r1", who="emi")
        before = looks(office)
        body = {"case": case, "provider": "pension", "entries": [ENTRY]}
        with ThreadPoolExecutor() as pool, held_back(office, lambda c: take_away(c, case)) as wait:
            made = pool.submit(office.call, "POST", "/inquiries", body, who="emi")
            wait()
        assert told(made.result(30)) == answer
        assert office.rows("SELECT id FROM inquiries") == []
        assert (looks(office), refused(office)) == (before, [("emi", answer[1], "link-107")])


def test_what_came_of_an_inquiry_is_not_shown_to_who_loses_the_right_meanwhile(office: Office, impatient: None) -> None:
    office.hire("mari", "link-107")
    office.give_code("p-late")
    case = office.open_case("p-late", who="mari")
    body = {"case": case, "provider": "pension", "entries": [ENTRY | {"person": "p-late"}]}
    inquiry = office.call("POST", "/inquiries", body, who="mari").value["id"]
    office.end(inquiry, Result(available=True, data={"pension/recipient": [{"year": 2024}]}))
    before = looks(office)
    gone = Act("admin", 1)
    with ThreadPoolExecutor() as pool, held_back(office, lambda c: desk.revoke(c, gone, "mari", "link-107")) as wait:
        seen = pool.submit(office.call, "GET", f"/inquiries/{inquiry}", who="mari")
        wait()
    assert told(seen.result(30)) == (403, "NO_RIGHT")
    assert looks(office) == before
    assert refused(office)[-1] == ("mari", "NO_RIGHT", "link-107")


# Acquisition.


@pytest.mark.parametrize("who", ["hanako", "admin"])
def test_persons_are_handed_in_with_the_right_for_it(office: Office, who: str) -> None:
    before = refused(office)
    assert told(office.call("POST", "/persons", PERSONS, who=who)) == (403, "NO_RIGHT")
    assert refused(office) == [*before, (who, "NO_RIGHT", "acquisition")]


def test_persons_that_are_handed_in_wait_for_the_register(office: Office) -> None:
    assert office.call("POST", "/persons", PERSONS, who="taro").value == {"accepted": 1}
    assert office.call("POST", "/persons", PERSONS, who="taro").value == {"accepted": 0}
    assert office.call("GET", "/acquisitions").value == {"waiting": 1}
    for store in ("gateway.db", "gateway.db-wal", "vault.db", "vault.db-wal"):
        data = (office.folder / store).read_bytes()
        assert b"123456789018" not in data
        assert "甲野花子".encode() not in data


def test_persons_under_a_ground_that_is_no_row_are_refused_here(office: Office) -> None:
    before = office.call("GET", "/acquisitions").value
    for ground in ("link-9999", "9999"):
        answer = office.call("POST", "/persons", PERSONS | {"ground": ground}, who="taro")
        assert told(answer) == (400, "UNKNOWN_ROW")
    assert office.call("GET", "/acquisitions").value == before


def test_a_loss_is_declared_with_the_persons(office: Office) -> None:
    person = NUMBERED | {"ref": "r-lost"}
    body = PERSONS | {"ground": "107", "persons": [person]}
    assert office.call("POST", "/persons", body, who="taro").value == {"accepted": 1}
    office.node.store.write_now(lambda c: c.execute(update(ACQUISITIONS).values(state="stored")))
    assert office.call("POST", "/persons", body, who="taro").value == {"accepted": 0}
    assert told(office.call("POST", "/persons", body | {"lost": 1}, who="taro")) == (400, "BAD_BODY")
    assert office.call("POST", "/persons", body | {"lost": True}, who="taro").value == {"accepted": 1}
    rows = office.rows("SELECT ground, lost, state FROM acquisitions WHERE person = 'r-lost' ORDER BY lost")
    assert rows == [("107", 0, "stored"), ("107", 1, "waiting")]


# The description.


def test_the_description_is_openapi_and_closed(office: Office) -> None:
    described = office.call("GET", "/openapi.json").value
    assert described["openapi"] == "3.1.0"
    assert described["servers"] == [{"url": f"https://127.0.0.1:{office.port}"}]
    assert {(method.upper(), path) for path, found in described["paths"].items() for method in found} == set(OPERATIONS)
    schemas = described["components"]["schemas"]
    assert [name for name, schema in schemas.items() if schema["additionalProperties"] is not False] == []
    assert re.findall(r"\\[AZ]", json.dumps(described)) == []
    for (method, path), body in BODIES.items():
        content = described["paths"][path][method.lower()]["requestBody"]["content"]["application/json"]
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])
        assert set(described["paths"][path][method.lower()]["responses"]) >= {"200", "400", "403", "404", "409", "503"}


def test_a_stranger_is_nobody_even_on_a_path_that_looks_like_the_health_page(office: Office) -> None:
    for path in ("/health/", "//health", "/health%2F", "/openapi.json"):
        assert told(office.call("GET", path, who=None)) == (403, "NO_CERTIFICATE")
