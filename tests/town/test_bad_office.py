"""Bad input at every office's own door: refused as a problem, without an effect, and told to no journal.

What the desk refuses by its own rules leaves one row each in `refusals`; what is malformed leaves none.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from mynumber.gateway.desk import cases as desk
from mynumber.gateway.desk.openapi import ROUTES
from mynumber.plumbing import canonical
from mynumber.plumbing.canonical import Json
from tests.town import traces
from tests.town.bending import MISWRITTEN, bent, put
from tests.town.conftest import Served
from tests.town.doors import LIES, MIB, NUMBERS, PLANTED
from tests.town.forging import ITEM
from tests.town.genuine import new_person
from tests.town.knocking import JSON, Credential, Door, door, refused

OFFICES = ("city-a", "city-b", "pension")
POSTS = {route.operation: route.path for route in ROUTES if route.method == "POST" and route.body is not None}
# Who gets as far as the body: admin with what admin alone may do, for all else somebody who is not admin.
WHO = {"grant_right": "admin", "add_officer": "admin", "shield": "admin"}
# Any JSON text in UTF-8 will do here, not only the canonical one.
WELL_WRITTEN = {"a_blank_behind", "a_line_end_behind", "blanks_between", "members_unsorted", "needless_escape"}


@dataclass
class Desk:
    """The office listeners as officers reach them, an inquiry of hanako's, and the stores to look into."""

    served: Served
    stores: traces.Stores
    case: str
    inquiry: str
    ref: str

    def of(self, officer: str, office: str = "city-a") -> Door:
        """Return an officer's way to the office listener, or that of somebody without a certificate."""
        institution = self.served.town.institution(office)
        assert institution.office_port is not None
        credential = Credential.of_officer(self.served.town, office, officer or "admin")
        return door(institution.office_port, credential if officer else Credential(credential.trusted))

    def told(self, operation: str, body: Json | bytes, *, office: str = "city-a", by: str = "") -> str:
        """Return the code with which a body is refused."""
        data = body if isinstance(body, bytes) else canonical.encode(body)
        way = self.of(by or WHO.get(operation, "clerk"), office)
        return refused(way.post(POSTS[operation], data), call=False)

    def bodies(self) -> dict[str, Json]:
        """Return a body for each operation at city-a that nothing is wrong with."""
        person = self.served.cast.recipient
        entry: Json = {"person": self.ref, "items": [ITEM], "conditions": {"fiscal_year": 2025}}
        return {
            "open_case": {"procedure": "link-107", "persons": [self.ref], "reason": "allowance"},
            "inquire": {"case": "0" * 16, "provider": "pension", "entries": [entry]},
            "grant_right": {"officer": "hanako", "procedure": "link-107"},
            "add_officer": {
                "name": "taro",
                "csr": request_of(ec.generate_private_key(ec.SECP256R1())),
                "department": "x",
            },
            "shield": {"person": self.ref},
            "progress_of": {"persons": [self.ref]},
            "failed_of": {"persons": [self.ref]},
            "hand_in": {"ground": "link-107", "persons": [new_person(self.served, person, self.ref)]},
        }


@pytest.fixture(scope="module")
def office(served: Served) -> Iterator[Desk]:
    case, inquiry = served.evidence.rows("city-a", 'SELECT "case", id FROM inquiries LIMIT 1')[0]
    stores = traces.Stores(served.town)
    yield Desk(served, stores, str(case), str(inquiry), served.cast.ref("city-a", served.cast.recipient))
    stores.close()


def request_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    built = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, digest)
    return built.public_bytes(serialization.Encoding.PEM).decode("ascii")


def test_every_operation_has_a_body(office: Desk) -> None:
    assert set(office.bodies()) == set(POSTS)


def test_the_bodies_are_good(office: Desk) -> None:
    bodies = office.bodies()
    # Somebody is withheld and let go; the right is there already.
    left = {("city-a", "refusals"): 2, ("city-a", "acts"): 2}
    with office.stores.gain(left):
        assert office.told("open_case", bodies["open_case"]) == "NO_RIGHT"
        assert office.told("inquire", bodies["inquire"]) == "NO_CASE"
        assert office.told("add_officer", bodies["add_officer"]) == "OFFICER_EXISTS"
        allowed = {"grant_right": "admin", "hand_in": "clerk", "shield": "admin"}
        allowed |= {"progress_of": "clerk", "failed_of": "clerk"}
        for operation, who in allowed.items():
            answer = office.of(who).post(POSTS[operation], canonical.encode(bodies[operation]))
            assert answer.status == 200, answer
        assert office.of("admin").send("DELETE", f"/shields/{office.ref}").status == 200


# Lies about the bytes.


@pytest.mark.parametrize("name", OFFICES)
@pytest.mark.parametrize("operation", POSTS)
def test_a_file_of_lies_is_refused(office: Desk, operation: str, name: str) -> None:
    with office.stores.gain():
        for path in LIES:
            assert office.told(operation, path.read_bytes(), office=name) == "BAD_BODY", path.name
        large = b'{"a":"' + b"x" * (4 * MIB) + b'"}'
        assert office.told(operation, large, office=name) == "TOO_LARGE"


@pytest.mark.parametrize("operation", POSTS)
def test_a_body_in_other_bytes_is_refused(office: Desk, operation: str) -> None:
    data = canonical.encode(office.bodies()[operation])
    with office.stores.gain():
        for how in MISWRITTEN.keys() - WELL_WRITTEN:
            assert office.told(operation, MISWRITTEN[how](data)) == "BAD_BODY", how


@pytest.mark.parametrize("operation", POSTS)
def test_another_media_type_or_coding_is_refused(office: Desk, operation: str) -> None:
    way = office.of(WHO.get(operation, "clerk"))
    headers = [{}, {"Content-Type": "text/plain"}, *({**JSON, "Content-Encoding": coding} for coding in ("gzip", "br"))]
    with office.stores.gain():
        for header in headers:
            answer = way.send("POST", POSTS[operation], canonical.encode(office.bodies()[operation]), header)
            assert refused(answer, call=False) == "BAD_MEDIA_TYPE", header


# Lies about members. These few are none: the member may be so, or missing.
ALLOWED = (
    *("$.case=''", "$.entries[0].conditions.fiscal_year=None", "$.entries[0].conditions-fiscal_year"),
    *("$.entries[0]-conditions", "$.entries+again", "$.entries[0].items+again"),
    *("$.department=''", "$-department", "$.persons[0].kana=''"),
)


@pytest.mark.parametrize("operation", POSTS)
def test_a_member_of_another_type_is_refused(office: Desk, operation: str) -> None:
    with office.stores.gain():
        for how, lie in bent(office.bodies()[operation]):
            if how not in ALLOWED:
                expected = "BAD_CERTIFICATE" if how == "$.csr=''" else "BAD_BODY"
                assert office.told(operation, lie) == expected, how


Lies = tuple[tuple[tuple[str | int, ...], Json], ...]
YEARS: Lies = tuple((("entries", 0, "conditions"), {"fiscal_year": year}) for year in (1899, 2201, 2**53))
MANY: list[Json] = [f"r{n}" for n in range(4097)]
OF_PERSONS: Lies = ((("persons", 0), "x" * 65), (("persons",), []), (("persons",), MANY))
VALUES: Mapping[str, Lies] = {
    "open_case": (
        *((("procedure",), value) for value in ("107", "link-107\n", "link-１", "LINK-107", PLANTED[0], PLANTED[1])),
        *((("persons", 0), value) for value in ("x" * 65, "a\nb", "a\u2028b", "a\u0000")),
        (("persons",), [f"r{number}" for number in range(4097)]),
        (("reason",), "x" * 1001),
    ),
    "inquire": (
        *((("provider",), value) for value in ("Pension", "x" * 33, "city b", PLANTED[1])),
        *((("entries", 0, "items", 0), value) for value in (PLANTED[1], "x" * 129, 'a"b', "a\\b", "a\n")),
        (("entries", 0, "items"), [f"i{number}" for number in range(257)]),
        *YEARS,
        (("entries", 0, "conditions"), {"from": "2026-01-01"}),
        (("entries", 0, "conditions"), {"from": "2026-01-01", "to": "2026-02-01", "fiscal_year": 2026}),
        (("entries", 0, "conditions"), {"from": "01.01.2026", "to": "2026-02-01"}),
        (("case",), "0" * 65),
    ),
    "grant_right": ((("procedure",), "everything"), (("officer",), "Hanako"), (("officer",), PLANTED[1])),
    "add_officer": ((("name",), "../x"), (("name",), "x" * 33), (("csr",), "x" * 16_385), (("department",), "x" * 201)),
    "shield": ((("person",), "x" * 65), (("person",), "a\u0007")),
    "progress_of": OF_PERSONS,
    "failed_of": OF_PERSONS,
    "hand_in": (
        *((("persons", 0, "birth"), value) for value in ("1988-02-30", "19880229", "0000-01-01", "１９８８-02-28")),
        *((("persons", 0, "number"), value) for value in ("1" * 11, "1" * 13, "１" * 12, "12345678901x")),
        (("persons", 0, "sex"), "x"),
        (("persons", 0, "name"), "x" * 201),
        *((("ground",), value) for value in ("link-107-1-1", PLANTED[0], "local-x")),
    ),
}


@pytest.mark.parametrize("operation", POSTS)
def test_a_value_out_of_bounds_is_refused(office: Desk, operation: str) -> None:
    with office.stores.gain():
        for place, value in VALUES[operation]:
            assert office.told(operation, put(office.bodies()[operation], place, value)) == "BAD_BODY", (place, value)


def test_a_number_that_is_none_is_refused(office: Desk) -> None:
    number, body = PLANTED[0], office.bodies()["hand_in"]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    with office.stores.gain():
        assert office.told("hand_in", put(body, ("persons", 0, "number"), wrong)) == "NUMBER_CHECK_DIGIT"
        assert office.told("hand_in", put(body, ("persons", 0, "number"), "0" * 12)) == "NUMBER_NEVER_ISSUED"


def test_a_signing_request_that_is_none_is_refused(office: Desk) -> None:
    good = request_of(ec.generate_private_key(ec.SECP256R1()))
    body = put(office.bodies()["add_officer"], ("name",), "jiro")
    raw = x509.load_pem_x509_csr(good.encode()).public_bytes(serialization.Encoding.DER)
    curve, digest = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d040302")
    lies = {
        "no_pem": PLANTED[1],
        "cut_off": good[:200],
        "a_certificate": (office.served.officer("city-a", "admin") / "officer.crt").read_text(encoding="ascii"),
        "another_curve": request_of(ec.generate_private_key(ec.SECP384R1())),
        "rsa": request_of(rsa.generate_private_key(65537, 2048)),
        "ed25519": request_of(ed25519.Ed25519PrivateKey.generate()),
        "bad_signature": _pem(raw[:-1] + bytes([raw[-1] ^ 1])),
        "unheard_of_curve": _pem(raw.replace(curve, curve[:-1] + b"\x7f")),
        "unheard_of_algorithm": _pem(raw.replace(digest, digest[:-1] + b"\x7f")),
        "no_der": _pem(b"\x30\x03\x02\x01"),
    }
    with office.stores.gain():
        for how, csr in lies.items():
            assert office.told("add_officer", put(body, ("csr",), csr)) == "BAD_CERTIFICATE", how


def _pem(der: bytes) -> str:
    request = "-----{} CERTIFICATE REQUEST-----"
    return "\n".join([request.format("BEGIN"), traces.base64_of(der), request.format("END"), ""])


# Who may do what.


def test_an_officer_without_the_right_is_refused_and_it_is_written_down(office: Desk) -> None:
    bodies = office.bodies()
    inquiry = put(bodies["inquire"], ("case",), office.case)
    acts: list[tuple[str, str, str, Json]] = [
        *((who, "POST", "/cases", bodies["open_case"]) for who in ("taro", "clerk", "admin")),
        *((who, "POST", "/inquiries", inquiry) for who in ("taro", "clerk", "admin")),
        *((who, "POST", f"/cases/{office.case}/close", None) for who in ("taro", "admin")),
        *((who, "GET", f"/cases/{office.case}", None) for who in ("taro", "admin")),
        *((who, "GET", f"/inquiries/{office.inquiry}", None) for who in ("taro", "clerk", "admin")),
        *((who, "POST", "/persons", bodies["hand_in"]) for who in ("taro", "hanako", "admin")),
        *((who, "GET", path, None) for who in ("taro", "hanako", "clerk") for path in ("/looks", "/acts")),
        *(
            ("hanako", "POST", POSTS[operation], bodies[operation])
            for operation in ("grant_right", "add_officer", "shield")
        ),
        ("hanako", "DELETE", "/rights/hanako/link-107", None),
        ("hanako", "DELETE", "/officers/taro", None),
        ("hanako", "DELETE", f"/shields/{office.ref}", None),
    ]
    with office.stores.gain({("city-a", "refusals"): len(acts)}):
        for who, method, path, body in acts:
            data = None if body is None else canonical.encode(body)
            answer = office.of(who).send(method, path, data, JSON if data else {})
            assert refused(answer, call=False) == "NO_RIGHT", (who, method, path)


def test_who_grants_rights_gives_none_to_admin_and_none_to_nobody(office: Desk) -> None:
    body = office.bodies()["grant_right"]
    # A right for admin is refused as NO_RIGHT and written down; somebody who does not work here is just unknown.
    with office.stores.gain({("city-a", "refusals"): 1}):
        assert office.told("grant_right", put(body, ("officer",), "admin")) == "NO_RIGHT"
        assert office.told("grant_right", put(body, ("officer",), "ghost")) == "UNKNOWN_OFFICER"


def test_a_person_outside_the_case_is_unknown(office: Desk) -> None:
    asked = put(office.bodies()["inquire"], ("case",), office.case)
    outside = next(ref for ref in office.served.cast.refs["city-a"].values() if ref not in persons_of(office))
    with office.stores.gain({("city-a", "refusals"): 2}):
        for ref in (outside, PLANTED[3]):
            lie = put(asked, ("entries", 0, "person"), ref)
            assert office.told("inquire", lie, by="hanako") == "UNKNOWN_PERSON"


def persons_of(office: Desk) -> set[str]:
    query = 'SELECT person FROM case_persons WHERE "case" = ?'
    return {str(row[0]) for row in office.served.evidence.rows("city-a", query, (office.case,))}


def test_a_provider_that_is_none_is_refused(office: Desk) -> None:
    asked = put(office.bodies()["inquire"], ("case",), office.case)
    asked = put(asked, ("entries", 0, "person"), sorted(persons_of(office))[0])
    with office.stores.gain():
        for provider in ("keeper", "operator-1", "nowhere"):
            told = office.told("inquire", put(asked, ("provider",), provider), by="hanako")
            assert told == "UNKNOWN_PROVIDER", provider


# Routes and parameters.

NAMES = ("0", "%00", "%ff", "%ed%a0%80", "..%2f..%2fx", "a" * 4000, "'%20OR%20'1'='1", "%f0%9f%92%a3", PLANTED[0])


def test_a_name_of_nothing_in_a_path_is_refused(office: Desk) -> None:
    paths = {
        ("hanako", "GET", "/cases/{}"): "NO_CASE",
        ("hanako", "POST", "/cases/{}/close"): "NO_CASE",
        ("hanako", "GET", "/inquiries/{}"): "UNKNOWN_INQUIRY",
        ("admin", "DELETE", "/rights/{}/link-107"): "UNKNOWN_RIGHT",
        ("admin", "DELETE", "/rights/taro/{}"): "UNKNOWN_RIGHT",
        ("admin", "DELETE", "/officers/{}"): "UNKNOWN_OFFICER",
        ("admin", "DELETE", "/shields/{}"): "UNKNOWN_PERSON",
    }
    written = len(NAMES) * sum(code in desk.LOCAL for code in paths.values())
    with office.stores.gain({("city-a", "refusals"): written}):
        for (who, method, path), code in paths.items():
            for name in NAMES:
                assert refused(office.of(who).send(method, path.format(name)), call=False) == code, (path, name)


@pytest.mark.parametrize("path", ["/looks", "/acts"])
def test_a_page_after_what_is_no_number_is_refused(office: Desk, path: str) -> None:
    with office.stores.gain():
        for wrong in (*NUMBERS, "1" * 17):
            assert refused(office.of("admin").send("GET", f"{path}?after={wrong}"), call=False) == "BAD_NUMBER", wrong
        assert office.of("admin").send("GET", f"{path}?after={'9' * 16}").status == 200


@pytest.mark.parametrize("name", OFFICES)
def test_another_route_or_method_is_refused(office: Desk, name: str) -> None:
    with office.stores.gain():
        way = office.of("clerk", name)
        for path in ("/", "/v1/inquire", "/log/checkpoint", "/cases/", f"/{PLANTED[0]}", "/cases/x/y/z", "/%ff"):
            assert refused(way.post(path, b"{}"), call=False) == "NO_SUCH_ROUTE", path
        for path in {route.path for route in ROUTES}:
            answer = way.send("PATCH", path.replace("{", "").replace("}", ""), b"{}", JSON)
            assert refused(answer, call=False) == "NO_SUCH_METHOD", path


@pytest.mark.parametrize("name", OFFICES)
def test_nobody_gets_no_further_than_the_door(office: Desk, name: str) -> None:
    with office.stores.gain():
        for route in ROUTES:
            path = route.path.replace("{", "").replace("}", "")
            answer = office.of("", name).send(route.method, path, b"{}", JSON)
            assert refused(answer, call=False) == "NO_CERTIFICATE", path
        assert refused(office.of("", name).send("GET", "/unheard-of"), call=False) == "NO_CERTIFICATE"


def test_no_journal_tells_what_was_in_bad_input(office: Desk, tmp_path: Path) -> None:
    person = office.served.cast.recipient
    number = office.served.people.numbers[person.index]
    needles = (*PLANTED, number, person.name, person.kana, person.address, office.ref)
    (tmp_path / "journal").write_text("\n".join(needles), encoding="utf-8")
    assert {needle for _, needle in traces.told(tmp_path, needles)} == set(needles)
    assert traces.journals_tell(office.served.town, needles) == []
