"""Whoever shows a wrong certificate, an old protocol, or no HTTP: ended in the handshake or refused, without an effect.

A listener trusts one root: the network's among institutions, the office's own at its desk. What that root did not sign
ends before a byte of HTTP; what it signed for somebody who has no place here is refused in words.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.pki import certificates
from mynumber.pki.certificates import CLIENT, SERVER, Leaf
from mynumber.world.town.layout import Town
from tests.town import traces
from tests.town.conftest import Served
from tests.town.doors import PLANTED
from tests.town.knocking import Credential, Door, refused

DAY = 86_400
OFFICES = ("city-a", "city-b", "pension")
# Every peer listener, and a call by which it is asked.
CALLS = {
    "register": "/v1/form",
    "operator-1": "/v1/convert",
    "operator-2": "/v1/convert",
    "keeper": "/v1/release",
    "supervisor": "/v1/form",
    **dict.fromkeys(OFFICES, "/v1/inquire"),
}


@dataclass(frozen=True)
class Root:
    """A root with its key, in the hands of a forger; what it signs is written below `folder`."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    folder: Path

    @classmethod
    def read(cls, certificate: Path, key: Path, folder: Path) -> "Root":
        """Return a root of the town."""
        read = certificates.load_certificate(certificate.read_bytes())
        return cls(read, certificates.load_key(key.read_bytes()), folder)

    def of_another(self) -> "Root":
        """Return a root of the same name under another key."""
        key = ec.generate_private_key(ec.SECP256R1())
        made, serial = int(time.time()), x509.random_serial_number()
        name = self.certificate.subject
        return Root(certificates.issue_authority(key, name, now=made, serial=serial), key, self.folder)

    def leaf(self, *uris: str, age: int = 0, usage: x509.ObjectIdentifier = CLIENT) -> Credential:
        """Sign a certificate for these URIs that was made so many seconds ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = tuple(x509.UniformResourceIdentifier(uri) for uri in uris or ("urn:other:x",))
        leaf = Leaf(certificates.subject("demo", name="somebody"), names, (usage,), key.public_key())
        serial, made = x509.random_serial_number(), int(time.time()) - age
        issued = certificates.issue_leaf(self.key, self.certificate, leaf, now=made, serial=serial)
        return self._written(f"{serial:x}", issued, key)

    def itself(self) -> Credential:
        """Show the root itself, as if it were somebody."""
        return self._written("root", self.certificate, self.key)

    def _written(self, name: str, issued: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Credential:
        place = self.folder / name
        place.mkdir(exist_ok=True)
        chain = (issued,) if issued is self.certificate else (issued, self.certificate)
        (place / "chain").write_bytes(b"".join(map(certificates.certificate_pem, chain)))
        (place / "key").write_bytes(certificates.key_pem(key))
        return Credential(place / "trusted", place / "chain", place / "key")


@dataclass(frozen=True)
class Forger:
    """Whoever holds the keys of all roots of the town."""

    town: Town
    stores: traces.Stores
    folder: Path

    def network(self) -> Root:
        """Return the root of all institutions."""
        place = self.town.ceremony
        return Root.read(place / "network.crt", place / "keys" / "root.key", self.folder)

    def office(self, name: str) -> Root:
        """Return the root of an office's own people."""
        place = self.town.institution(name).folder
        return Root.read(place / "office-ca.crt", place / "keys" / "office-ca.key", self.folder)

    def at_peers(self, name: str, credential: Credential) -> Door:
        """Return the way to a peer listener."""
        return Door(self.town.institution(name).port, replace(credential, trusted=self.town.visitor / "network.crt"))

    def at_desk(self, name: str, credential: Credential) -> Door:
        """Return the way to an office listener."""
        institution = self.town.institution(name)
        assert institution.office_port is not None
        return Door(institution.office_port, replace(credential, trusted=institution.folder / "office-ca.crt"))

    def ports(self) -> dict[str, tuple[int, Credential]]:
        """Return every listener with a certificate that it lets in."""
        found = {name: (self.town.institution(name).port, Credential.of_visitor(self.town)) for name in CALLS}
        for name in OFFICES:
            way = self.at_desk(name, Credential.of_officer(self.town, name, "admin"))
            found[f"{name}'s desk"] = way.port, way.credential
        return found


@pytest.fixture(scope="module")
def forger(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forger]:
    stores = traces.Stores(served.town)
    yield Forger(served.town, stores, tmp_path_factory.mktemp("forged"))
    stores.close()


def ended(way: Door, how: str) -> None:
    """Fail unless the server ends this client before it answers anything; /health answers anybody of this machine."""
    with pytest.raises((OSError, http.client.HTTPException)):
        raise AssertionError(how, way.send("GET", "/health"))


# Certificates.


@pytest.mark.parametrize("name", CALLS)
def test_a_certificate_that_the_network_did_not_sign_ends_in_the_handshake(forger: Forger, name: str) -> None:
    network, city_a, me = forger.network(), forger.office("city-a"), f"urn:mynumber:demo:{name}"
    node = forger.town.institution("city-b").folder
    by_a_node = Root.read(node / "node.crt", node / "keys" / "node.key", forger.folder)
    lies = {
        "of_another_root": network.of_another().leaf(me),
        "another_root_itself": network.of_another().itself(),
        "of_an_office": city_a.leaf(me),
        "an_officer": Credential.of_officer(forger.town, "city-a", "admin"),
        "signed_by_a_party": by_a_node.leaf(me, age=DAY),
        "expired": network.leaf(me, age=401 * DAY),
        "of_the_future": network.leaf(me, age=-2 * DAY),
        "for_servers_only": network.leaf(me, usage=SERVER),
    }
    with forger.stores.gain():
        for how, credential in lies.items():
            ended(forger.at_peers(name, credential), how)
        assert forger.at_peers(name, network.leaf(me)).send("GET", "/health").status == 200


@pytest.mark.parametrize("name", CALLS)
def test_a_certificate_of_no_party_is_refused(forger: Forger, name: str) -> None:
    network, me = forger.network(), f"urn:mynumber:demo:{name}"
    nobodies = {
        "none": Credential(Path()),
        "visitor": Credential.of_visitor(forger.town),
        "unheard_of": network.leaf("urn:mynumber:demo:city-z"),
        "another_network": network.leaf(f"urn:mynumber:elsewhere:{name}"),
        "an_officer": network.leaf("urn:mynumber:demo:city-a:officer:hanako"),
        "two_parties": network.leaf(me, "urn:mynumber:demo:city-a"),
        "another_urn": network.leaf("urn:other:demo:city-a"),
        "upper_case": network.leaf("urn:mynumber:demo:City-A"),
        "a_line_end": network.leaf("urn:mynumber:demo:city-a\n"),
    }
    with forger.stores.gain():
        for how, credential in nobodies.items():
            answer = forger.at_peers(name, credential).post(CALLS[name], b"{}")
            assert (answer.status, refused(answer, call=True)) == (403, "UNKNOWN_PARTY"), how


@pytest.mark.parametrize("name", OFFICES)
def test_a_certificate_that_the_office_did_not_sign_ends_in_the_handshake(forger: Forger, name: str) -> None:
    office, network = forger.office(name), forger.network()
    me, folder = f"urn:mynumber:demo:{name}:officer:admin", forger.town.institution(name).folder
    another = "city-b" if name == "city-a" else "city-a"
    lies = {
        "of_another_root": office.of_another().leaf(me),
        "of_another_office": Credential.of_officer(forger.town, another, "admin"),
        "of_the_network": network.leaf(me),
        "an_institution": Credential.of_node(forger.town, "operator-1"),
        "the_office_itself": Credential.of_node(forger.town, name),
        "visitor": Credential.of_visitor(forger.town),
        "the_listener": Credential(folder, folder / "office.crt", folder / "keys" / "office.key"),
        "expired": office.leaf(me, age=401 * DAY),
        "of_the_future": office.leaf(me, age=-2 * DAY),
        "for_servers_only": office.leaf(me, usage=SERVER),
    }
    with forger.stores.gain():
        for how, credential in lies.items():
            ended(forger.at_desk(name, credential), how)
        assert forger.at_desk(name, office.leaf(me)).send("GET", "/rights").status == 200


@pytest.mark.parametrize("name", OFFICES)
def test_a_certificate_of_no_officer_is_refused(forger: Forger, name: str) -> None:
    office = forger.office(name)
    nobodies = {
        "none": Credential(Path()),
        "an_institution": office.leaf(f"urn:mynumber:demo:{name}"),
        "another_office": office.leaf("urn:mynumber:demo:city-z:officer:admin"),
        "another_network": office.leaf(f"urn:mynumber:elsewhere:{name}:officer:admin"),
        "two_officers": office.leaf(*(f"urn:mynumber:demo:{name}:officer:{one}" for one in ("admin", "clerk"))),
        "another_urn": office.leaf("urn:other:x"),
        "a_line_end": office.leaf(f"urn:mynumber:demo:{name}:officer:admin\n"),
    }
    with forger.stores.gain():
        for how, credential in nobodies.items():
            answer = forger.at_desk(name, credential).send("GET", "/rights")
            assert (answer.status, refused(answer, call=False)) == (403, "NO_CERTIFICATE"), how
    # Signed by the office and never added: refused by the desk, and written down.
    stranger = forger.at_desk(name, office.leaf(f"urn:mynumber:demo:{name}:officer:nobody"))
    with forger.stores.gain({(name, "refusals"): 1}):
        assert refused(stranger.send("GET", "/rights"), call=False) == "NO_RIGHT"


# Protocols.


def test_plain_http_and_old_tls_end_in_the_handshake(forger: Forger) -> None:
    with forger.stores.gain():
        for name, (port, credential) in forger.ports().items():
            plain = f"GET /{PLANTED[0]} HTTP/1.1\r\nHost: {PLANTED[3]}\r\n\r\n".encode("ascii")
            for data in (plain, PLANTED[1].encode(), b"\x16\x03\x01\x00\x05" + b"\x00" * 5):
                with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as line:
                    line.sendall(data)
                    line.shutdown(socket.SHUT_WR)
                    assert b"HTTP" not in received(line), name
            context = credential.context()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            with (
                closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as line,
                pytest.raises((ssl.SSLError, OSError)),
            ):
                context.wrap_socket(line)


def received(line: socket.socket) -> bytes:
    """Return everything that comes until the other side ends it."""
    data = b""
    try:
        while part := line.recv(65_536):
            data += part
    except OSError:
        return data
    return data


def exchanged(forger: Forger, name: str, request: bytes) -> bytes:
    """Send bytes over good TLS, nothing behind them, and return what comes back."""
    port, credential = forger.ports()[name]
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    with closing(credential.context().wrap_socket(plain)) as line:
        line.sendall(request)
        return received(line)


# HTTP that is none. It ends below every route, so that the answer is no problem document; the status is what counts.

NUMBER, NAME = PLANTED[0], PLANTED[1].encode()
HEAD = b"POST /v1/form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
BROKEN = {
    "no_request_line": NAME + b"\r\n\r\n",
    "no_method": f"{NUMBER} / HTTP/1.1\r\nHost: x\r\n\r\n".encode("ascii"),
    "a_name_in_the_path": b"GET /" + NAME + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a_line_of_9000": b"GET /" + NUMBER.encode("ascii") * 750 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a_header_of_9000": HEAD + b"X: " + NUMBER.encode("ascii") * 750 + b"\r\n\r\n",
    "a_header_without_a_name": HEAD + NAME + b"\r\n\r\n",
    "a_header_with_a_control": HEAD + b"X: \x01" + NUMBER.encode("ascii") + b"\r\n\r\n",
    "a_length_that_is_none": HEAD + b"Content-Length: " + NUMBER.encode("ascii") + b"x\r\n\r\n",
    "two_lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    "length_and_chunks": HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    "a_chunk_that_is_none": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + NUMBER.encode("ascii") + b"x\r\n",
    "an_expectation": HEAD + b"Content-Length: 2\r\nExpect: " + NUMBER.encode("ascii") + b"\r\n\r\n{}",
    "no_host": b"GET /health HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("name", [*CALLS, *(f"{office}'s desk" for office in OFFICES)])
def test_what_is_no_http_is_refused_and_told_to_no_journal(forger: Forger, name: str) -> None:
    with forger.stores.gain():
        for how, request in BROKEN.items():
            status = exchanged(forger, name, request).partition(b"\r\n")[0].split()
            assert status[0].startswith(b"HTTP/1."), how
            assert 400 <= int(status[1]) < 500, how
    assert traces.journals_tell(forger.town, PLANTED) == []


@pytest.mark.parametrize("name", [*CALLS, *(f"{office}'s desk" for office in OFFICES)])
def test_a_body_that_breaks_off_is_told_to_no_journal(forger: Forger, name: str) -> None:
    port, credential = forger.ports()[name]
    path = "/rights" if name.endswith("desk") else CALLS[name]
    head = HEAD.replace(b"/v1/form", path.encode("ascii"))
    if not name.endswith("desk"):
        party = next(one for one in CALLS if one != name)
        credential = replace(Credential.of_node(forger.town, party), trusted=credential.trusted)
    before = faults_told(forger)
    with forger.stores.gain():
        for length in (b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"):
            with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as plain:
                line = credential.context().wrap_socket(plain)
                line.sendall(head + length + b'{"number":"' + NUMBER.encode("ascii"))
                line.close()
        time.sleep(0.1)
    assert faults_told(forger) == before
    assert traces.journals_tell(forger.town, PLANTED) == []


def faults_told(forger: Forger) -> list[str]:
    """Return what the journals say of failures that were not the client's."""
    journals = [institution.folder / "journal" / "serve.log" for institution in forger.town.institutions]
    lines = [line for path in journals for line in path.read_text(encoding="ascii").splitlines()]
    return [line for line in lines if '"call.failed"' in line or '"route.failed"' in line]


def test_a_journal_that_told_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "process.log").write_bytes(repr(NAME).encode("ascii") + NUMBER.encode("ascii"))
    assert {needle for _, needle in traces.told(tmp_path, PLANTED)} == set(PLANTED[:2])
