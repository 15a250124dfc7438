"""At the office listener: every look is written down, and what admin does is kept."""

import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes.permit.answers import Result
from mynumber.gateway.asking import refusals
from mynumber.pki import certificates
from mynumber.pki.identity import OfficerIdentity, officer_of
from tests.gateway.running import Office
from tests.gateway.test_office import ENTRY, looks, refused, told

# Looks.


def test_every_look_is_written_down(office: Office) -> None:
    before = looks(office)
    case = office.open_case("r2", "r1")
    shown = office.call("GET", f"/cases/{case}").value
    assert (shown["persons"], shown["reason"]) == (["r1", "r2"], "child allowance, claim 5")
    assert office.call("POST", f"/cases/{case}/close").status == 200
    assert looks(office) == before + [("hanako", f"case-{what}", case, "", "") for what in ("opened", "seen", "closed")]


def test_a_list_of_cases_is_no_look_and_shows_no_person(office: Office) -> None:
    case, before = office.open_case("r-listed"), looks(office)
    answer = office.call("GET", "/cases").value
    found = next(one for one in answer["cases"] if one["id"] == case)
    assert (found["procedure"], found["opened_by"], found["count"], found["closed"]) == ("link-107", "hanako", 1, None)
    assert "r-listed" not in json.dumps(answer)
    assert looks(office) == before


def test_an_inquiry_and_what_came_of_it_are_looks(office: Office, patient: None) -> None:
    for person in ("p1", "p2"):
        office.give_code(person)
    case = office.open_case("p1", "p2")
    before = looks(office)
    entries = [ENTRY | {"person": "p1"}, ENTRY | {"person": "p2", "conditions": {"fiscal_year": 2025}}]
    asked = office.call("POST", "/inquiries", {"case": case, "provider": "pension", "entries": entries})
    inquiry = asked.value["id"]
    assert asked.status == 202
    assert asked.value == {
        "id": inquiry,
        "state": "pending",
        "permit": "",
        "entries": [{"person": person, "class": "pending", "data": {}} for person in ("p1", "p2")],
        "waiting_for": "operator-1",
    }
    assert looks(office) == [*before, ("hanako", "inquiry-made", case, inquiry, "")]
    office.end(inquiry, Result(available=True, data={"pension/recipient": [{"year": 2024}]}), Result(available=False))
    fetched = office.call("GET", f"/inquiries/{inquiry}")
    assert (fetched.status, fetched.value["state"]) == (200, "answered")
    assert {entry["class"] for entry in fetched.value["entries"]} == {"data", "not-available"}
    assert looks(office) == [
        *before,
        ("hanako", "inquiry-made", case, inquiry, ""),
        ("hanako", "inquiry-seen", case, inquiry, ""),
        ("hanako", "data-seen", case, inquiry, "p1"),
        ("hanako", "data-seen", case, inquiry, "p2"),
    ]
    seen = refused(office)
    assert told(office.call("GET", f"/inquiries/{inquiry}", who="jiro")) == (403, "NO_RIGHT")
    assert told(office.call("GET", f"/inquiries/{inquiry}", who="admin")) == (403, "NO_RIGHT")
    assert refused(office) == [*seen, ("jiro", "NO_RIGHT", "link-107"), ("admin", "NO_RIGHT", "link-107")]
    assert len(looks(office)) == len(before) + 4


def test_a_refused_inquiry_is_told_in_the_language_of_the_officer(office: Office, impatient: None) -> None:
    office.give_code("p3")
    case = office.open_case("p3")
    body = {"case": case, "provider": "pension", "entries": [ENTRY | {"person": "p3"}]}
    inquiry = office.call("POST", "/inquiries", body).value["id"]
    office.end(inquiry, refusal=refusals.explain("LAW_REFUSED", "link-107"))
    english = office.call("GET", f"/inquiries/{inquiry}")
    assert (english.status, english.value["state"]) == (200, "refused")
    assert english.value["refusal"] == refusals.explain("LAW_REFUSED", "link-107")
    japanese = office.call("GET", f"/inquiries/{inquiry}", headers={"Accept-Language": "ja"})
    assert japanese.value["refusal"] == refusals.explain("LAW_REFUSED", "link-107", lang="ja")


def test_admin_reads_looks_page_by_page(office: Office) -> None:
    office.open_case("r1")
    found = office.call("GET", "/looks", who="admin").value["looks"]
    assert [tuple(look[name] for name in ("officer", "what", "case", "inquiry", "person")) for look in found] == (
        looks(office)
    )
    last = office.call("GET", f"/looks?after={found[-2]['id']}", who="admin").value["looks"]
    assert last == found[-1:]


@pytest.mark.parametrize("bad", ["", "x", "-1", "\u0664", "9" * 17])
@pytest.mark.parametrize("path", ["/looks", "/acts"])
def test_what_is_no_number_begins_no_page(office: Office, path: str, bad: str) -> None:
    after = bad.encode().hex(" ").replace(" ", "%").rjust(len(bad.encode()) * 3, "%")
    assert told(office.call("GET", f"{path}?after={after}", who="admin")) == (400, "BAD_NUMBER")


# What admin does.


def test_rights_are_shown_to_admin_and_ones_own_to_others(office: Office) -> None:
    everybody = office.call("GET", "/rights", who="admin").value["rights"]
    assert {("hanako", "link-107"), ("taro", "acquisition")} <= {
        (one["officer"], one["procedure"]) for one in everybody
    }
    assert [one["procedure"] for one in office.call("GET", "/rights").value["rights"]] == ["link-107"]


def test_an_officer_is_added_once(office: Office) -> None:
    office.hire("kenji", department="Housing")
    row = office.rows("SELECT department FROM officers WHERE name = 'kenji'")
    assert row == [("Housing",)]
    assert office.call("GET", "/cases", who="kenji").value == {"cases": []}
    for name in ("kenji", "admin"):
        answer = office.call("POST", "/officers", {"name": name, "csr": request_for()}, who="admin")
        assert told(answer) == (409, "OFFICER_EXISTS")


def request_for(key: ec.EllipticCurvePrivateKey | None = None, *, bent: bool = False) -> str:
    """Return a signing request that asks to be admin, perhaps signed by somebody else."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    name = x509.UniformResourceIdentifier("urn:mynumber:demo:city-a:officer:admin")
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    signed = builder.add_extension(x509.SubjectAlternativeName([name]), critical=False).sign(key, hashes.SHA256())
    pem = signed.public_bytes(serialization.Encoding.PEM)
    if bent:
        der = bytearray(signed.public_bytes(serialization.Encoding.DER))
        der[-1] ^= 1
        pem = x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM)
    return pem.decode()


def test_a_certificate_names_whom_admin_named_whatever_the_request_asks_for(office: Office) -> None:
    answer = office.call("POST", "/officers", {"name": "mika", "csr": request_for()}, who="admin")
    issued = certificates.load_certificate(answer.value["certificate"].encode())
    assert officer_of(issued.public_bytes(serialization.Encoding.DER)) == OfficerIdentity("demo", "city-a", "mika")
    assert answer.value["ca"] == (office.folder / "office-ca.crt").read_text()


@pytest.mark.parametrize("what", ["text", "signed by another", "another curve"])
def test_a_bad_signing_request_adds_nobody(office: Office, what: str) -> None:
    csr = {
        "text": "-",
        "signed by another": request_for(bent=True),
        "another curve": request_for(ec.generate_private_key(ec.SECP384R1())),
    }[what]
    answer = office.call("POST", "/officers", {"name": "rei", "csr": csr}, who="admin")
    assert told(answer) == (400, "BAD_CERTIFICATE")
    assert office.rows("SELECT name FROM officers WHERE name = 'rei'") == []


def test_a_person_is_withheld_and_let_go(office: Office) -> None:
    assert told(office.call("POST", "/shields", {"person": "r 9/甲"}, who="admin")) == (404, "UNKNOWN_PERSON")
    office.give_code("r 9/甲")
    assert office.call("POST", "/shields", {"person": "r 9/甲"}, who="admin").value["withheld"]
    assert office.rows("SELECT person, set_by FROM shields") == [("r 9/甲", "admin")]
    path = "/shields/r%209%2F%E7%94%B2"
    assert office.call("DELETE", path, who="admin").value == {"person": "r 9/甲", "withheld": False}
    assert office.rows("SELECT person FROM shields") == []
    assert told(office.call("DELETE", path, who="admin")) == (404, "UNKNOWN_PERSON")


def test_what_was_done_about_officers_rights_and_persons_is_told_to_admin(office: Office) -> None:
    before = office.call("GET", "/acts", who="admin").value["acts"]
    office.hire("yoko", "link-107", department="Housing")
    office.give_code("r-acts")
    assert office.call("POST", "/shields", {"person": "r-acts"}, who="admin").status == 200
    assert office.call("DELETE", "/shields/r-acts", who="admin").status == 200
    removed = office.call("DELETE", "/officers/yoko", who="admin")
    assert (removed.status, removed.value["officer"]) == (200, "yoko")
    found = office.call("GET", f"/acts?after={before[-1]['id']}", who="admin").value["acts"]
    assert [tuple(act[name] for name in ("by", "what", "officer", "procedure", "person")) for act in found] == [
        ("admin", "officer-added", "yoko", "", ""),
        ("admin", "right-granted", "yoko", "link-107", ""),
        ("admin", "shield-set", "", "", "r-acts"),
        ("admin", "shield-lifted", "", "", "r-acts"),
        ("admin", "right-revoked", "yoko", "link-107", ""),
        ("admin", "officer-removed", "yoko", "", ""),
    ]
    assert found[-1]["at"] == removed.value["removed"]
    assert [(act["by"], act["what"], act["officer"]) for act in before[:1]] == [("", "officer-added", "admin")]


def test_a_removed_officer_is_refused_everywhere_and_the_name_is_not_given_again(office: Office) -> None:
    office.hire("saburo", "link-107")
    case = office.open_case("r1", who="saburo")
    assert told(office.call("DELETE", "/officers/admin", who="admin")) == (409, "NO_RIGHT")
    assert told(office.call("DELETE", "/officers/nobody", who="admin")) == (404, "UNKNOWN_OFFICER")
    assert office.call("DELETE", "/officers/saburo", who="admin").status == 200
    before = refused(office)
    for path in ("/openapi.json", "/cases", f"/cases/{case}"):
        assert told(office.call("GET", path, who="saburo")) == (403, "NO_RIGHT")
    assert refused(office) == [*before, *[("saburo", "NO_RIGHT", "")] * 3]
    answer = office.call("POST", "/officers", {"name": "saburo", "csr": request_for()}, who="admin")
    assert told(answer) == (409, "OFFICER_EXISTS")
    # A colleague goes on.
    assert office.call("GET", f"/cases/{case}").value["opened_by"] == "saburo"
