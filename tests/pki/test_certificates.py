"""Certificates as the openssl command and Python's ssl see them, and every identity that must not be read."""

import contextlib
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st

from mynumber.pki.certificates import certificate_pem, key_pem, load_certificate, load_key
from mynumber.pki.identity import BadCertificate, NodeIdentity, OfficerIdentity, officer_of, party_of
from mynumber.pki.nodes import check_csr, issue_node, issue_root, make_csr
from mynumber.pki.officers import issue_office_root, issue_office_server, issue_officer
from mynumber.plumbing.errors import BadInput

NOW = int(datetime.now(UTC).timestamp())
CITY = NodeIdentity("demo", "city-a")
ADMIN = OfficerIdentity("demo", "city-a", "admin")
DAY = 86_400


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


ROOT_KEY, NODE_KEY, OFFICE_KEY, OFFICER_KEY, LISTENER_KEY = (new_key() for _ in range(5))
ROOT = issue_root(ROOT_KEY, "demo", now=NOW, serial=1)
NODE = issue_node(ROOT_KEY, ROOT, make_csr(NODE_KEY, "demo", "city-a"), now=NOW, serial=2)
OFFICE_ROOT = issue_office_root(OFFICE_KEY, CITY, now=NOW, serial=1)
OFFICER = issue_officer(OFFICE_KEY, OFFICE_ROOT, OFFICER_KEY.public_key(), ADMIN, now=NOW, serial=2)
LISTENER = issue_office_server(OFFICE_KEY, OFFICE_ROOT, LISTENER_KEY.public_key(), CITY, now=NOW, serial=3)

identifiers = st.text("abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=32)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=False)
    return f"{done.stdout}{done.stderr}status {done.returncode}"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, certificate in (("root", ROOT), ("node", NODE), ("office", OFFICE_ROOT), ("officer", OFFICER)):
        (tmp_path / f"{name}.pem").write_bytes(certificate_pem(certificate))
    (tmp_path / "listener.pem").write_bytes(certificate_pem(LISTENER))
    for name, key in (("node", NODE_KEY), ("officer", OFFICER_KEY), ("listener", LISTENER_KEY)):
        (tmp_path / f"{name}.key").write_bytes(key_pem(key))
    return tmp_path


@pytest.mark.parametrize(
    ("root", "leaf", "purpose", "status"),
    [
        ("root", "node", "sslserver", 0),
        ("root", "node", "sslclient", 0),
        ("office", "officer", "sslclient", 0),
        ("office", "officer", "sslserver", 2),
        ("office", "listener", "sslserver", 0),
        ("office", "listener", "sslclient", 2),
        ("root", "officer", "sslclient", 2),
        ("office", "node", "sslclient", 2),
    ],
)
def test_openssl_verifies_each_for_its_purpose_only(
    files: Path, root: str, leaf: str, purpose: str, status: int
) -> None:
    said = openssl(
        "verify", "-x509_strict", "-purpose", purpose, "-CAfile", f"{files}/{root}.pem", f"{files}/{leaf}.pem"
    )
    assert said.endswith(f"status {status}"), said


@pytest.mark.parametrize("name", [("-verify_hostname", "localhost"), ("-verify_ip", "127.0.0.1")])
def test_the_listener_is_named_for_curl_and_the_node_is_not(files: Path, name: tuple[str, str]) -> None:
    assert openssl("verify", *name, "-CAfile", f"{files}/office.pem", f"{files}/listener.pem").endswith("status 0")
    assert openssl("verify", *name, "-CAfile", f"{files}/root.pem", f"{files}/node.pem").endswith("status 2")


def test_a_leaf_signs_no_further_certificate(files: Path) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "forged")])
    start = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(NODE.subject).serial_number(9)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1))
    forged = builder.public_key(new_key().public_key()).sign(NODE_KEY, hashes.SHA256())
    (files / "forged.pem").write_bytes(certificate_pem(forged))
    said = openssl("verify", "-CAfile", f"{files}/root.pem", "-untrusted", f"{files}/node.pem", f"{files}/forged.pem")
    assert said.endswith("status 2")


def test_openssl_reads_what_the_node_certificate_says(files: Path) -> None:
    text = openssl("x509", "-noout", "-text", "-in", f"{files}/node.pem")
    for expected in (
        "Basic Constraints: critical\n                CA:FALSE",
        "Key Usage: critical\n                Digital Signature\n",
        "Extended Key Usage: \n                TLS Web Client Authentication, TLS Web Server Authentication",
        "Subject Alternative Name: \n                URI:urn:mynumber:demo:city-a\n",
        "ASN1 OID: prime256v1",
        "Signature Algorithm: ecdsa-with-SHA256",
    ):
        assert expected in text


def test_openssl_reads_what_the_root_says(files: Path) -> None:
    text = openssl("x509", "-noout", "-text", "-in", f"{files}/root.pem")
    assert "Basic Constraints: critical\n                CA:TRUE, pathlen:0" in text
    assert "Key Usage: critical\n                Certificate Sign, CRL Sign\n" in text


def test_the_listeners_and_the_officers_names(files: Path) -> None:
    listener = openssl("x509", "-noout", "-ext", "subjectAltName", "-in", f"{files}/listener.pem")
    assert "DNS:localhost, IP Address:127.0.0.1, URI:urn:mynumber:demo:city-a\n" in listener
    officer = openssl("x509", "-noout", "-ext", "subjectAltName,extendedKeyUsage", "-in", f"{files}/officer.pem")
    assert "URI:urn:mynumber:demo:city-a:officer:admin\n" in officer
    assert "TLS Web Client Authentication\n" in officer


@pytest.mark.parametrize("certificate", [NODE, OFFICER, LISTENER])
def test_a_leaf_is_valid_400_days_and_a_little_backwards(certificate: x509.Certificate) -> None:
    assert certificate.not_valid_after_utc.timestamp() == NOW + 400 * DAY
    assert 0 < NOW - certificate.not_valid_before_utc.timestamp() <= DAY


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str | None) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Shake hands through memory; both sides have seen each other's certificate afterwards."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=host)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [here, there, here, there]
    for side in waiting:
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    return here, there


def context(role: int, files: Path, root: str, own: str) -> ssl.SSLContext:
    made = ssl.SSLContext(role)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_STRICT
    made.load_verify_locations(f"{files}/{root}.pem")
    made.load_cert_chain(f"{files}/{own}.pem", f"{files}/{own}.key")
    return made


def test_two_nodes_shake_hands_and_read_each_others_party(files: Path) -> None:
    server = context(ssl.PROTOCOL_TLS_SERVER, files, "root", "node")
    client = context(ssl.PROTOCOL_TLS_CLIENT, files, "root", "node")
    for side in handshake(server, client, None):
        assert party_of(side.getpeercert(binary_form=True) or b"") == ("demo", "city-a")


def test_an_officer_shakes_hands_with_the_listener_by_host_name(files: Path) -> None:
    server = context(ssl.PROTOCOL_TLS_SERVER, files, "office", "listener")
    client = context(ssl.PROTOCOL_TLS_CLIENT, files, "office", "officer")
    client.check_hostname = True
    for host in ("localhost", "127.0.0.1"):
        _, there = handshake(server, client, host)
        assert officer_of(there.getpeercert(binary_form=True) or b"") == ("demo", "city-a", "admin")


def test_an_officer_is_refused_by_another_institutions_listener(files: Path) -> None:
    server = context(ssl.PROTOCOL_TLS_SERVER, files, "root", "node")
    client = context(ssl.PROTOCOL_TLS_CLIENT, files, "root", "officer")
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, None)


@given(identifiers, identifiers)
def test_a_nodes_identity_goes_through_request_and_certificate(network: str, party: str) -> None:
    csr = make_csr(NODE_KEY, network, party)
    assert check_csr(csr) == (network, party, NODE_KEY.public_key())
    root = issue_root(ROOT_KEY, network, now=NOW, serial=1)
    node = issue_node(ROOT_KEY, root, csr, now=NOW, serial=2)
    assert party_of(der(node)) == NodeIdentity(network, party)
    with pytest.raises(BadCertificate):
        officer_of(der(node))


@given(identifiers, identifiers, identifiers)
def test_an_officers_identity_goes_through_the_certificate(network: str, office: str, officer: str) -> None:
    who = OfficerIdentity(network, office, officer)
    root = issue_office_root(OFFICE_KEY, NodeIdentity(network, office), now=NOW, serial=1)
    certificate = issue_officer(OFFICE_KEY, root, OFFICER_KEY.public_key(), who, now=NOW, serial=2)
    assert officer_of(der(certificate)) == who
    with pytest.raises(BadCertificate):
        party_of(der(certificate))


def uri(text: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(text)


def certificate_with(names: list[x509.GeneralName] | None) -> bytes:
    """A certificate with these alternative names, which our own functions would not make."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "city-a")])
    start = datetime.fromtimestamp(NOW, UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(9)
    builder = builder.not_valid_before(start).not_valid_after(start + timedelta(days=1))
    builder = builder.public_key(NODE_KEY.public_key())
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return der(builder.sign(NODE_KEY, hashes.SHA256()))


LYING_NAMES: dict[str, list[x509.GeneralName] | None] = {
    "none": None,
    "no-uri": [x509.DNSName("city-a")],
    "two-uris": [uri("urn:mynumber:demo:city-a"), uri("urn:mynumber:demo:city-b")],
    "same-uri-twice": [uri("urn:mynumber:demo:city-a"), uri("urn:mynumber:demo:city-a")],
    "a-foreign-uri-beside": [uri("urn:mynumber:demo:city-a"), uri("https://example.com")],
    "other-scheme": [uri("urn:other:demo:city-a")],
    "capitals": [uri("urn:mynumber:demo:City-A")],
    "capital-scheme": [uri("URN:mynumber:demo:city-a")],
    "no-party": [uri("urn:mynumber:demo:")],
    "long-party": [uri("urn:mynumber:demo:" + "a" * 33)],
    "newline": [uri("urn:mynumber:demo:city-a\n")],
    "nul": [uri("urn:mynumber:demo:city-a\0")],
    "before": [uri(" urn:mynumber:demo:city-a")],
    "fragment": [uri("urn:mynumber:demo:city-a#x")],
    "third-part": [uri("urn:mynumber:demo:city-a:x")],
    "officer-without-name": [uri("urn:mynumber:demo:city-a:officer:")],
    "officer-with-more": [uri("urn:mynumber:demo:city-a:officer:admin:x")],
    "uri-in-a-dns-name": [x509.DNSName("urn:mynumber:demo:city-a")],
}


@pytest.mark.parametrize("lie", LYING_NAMES)
def test_no_identity_is_read_from_other_names(lie: str) -> None:
    for reader in (party_of, officer_of):
        with pytest.raises(BadCertificate) as caught:
            reader(certificate_with(LYING_NAMES[lie]))
        assert caught.value.code == "BAD_CERTIFICATE"


def test_two_lists_of_names_are_no_identity() -> None:
    """The subject key identifier's number is turned into that of the alternative names."""
    data = der(NODE)
    assert data.count(b"\x55\x1d\x0e") == 1
    with pytest.raises(BadCertificate):
        party_of(data.replace(b"\x55\x1d\x0e", b"\x55\x1d\x11"))


@given(st.binary(max_size=100) | st.integers(0, len(der(NODE)) - 1).map(lambda end: der(NODE)[:end]))
def test_what_is_no_certificate_has_no_identity(data: bytes) -> None:
    for reader in (party_of, officer_of):
        with pytest.raises(BadCertificate):
            reader(data)


@given(st.integers(0, len(der(NODE)) - 1), st.integers(1, 255))
@example(at=12, change=1)  # the version, for which the library has an error that is no ValueError
def test_a_damaged_certificate_gives_an_identity_or_the_named_error(at: int, change: int) -> None:
    """The chain is checked by TLS; reading alone must end in the named error and nothing else."""
    data = der(NODE)
    with contextlib.suppress(BadCertificate):
        party_of(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :])


def request_with(names: list[x509.GeneralName] | None, key: object = NODE_KEY, *, ca: bool = False) -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    assert isinstance(key, ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
    return builder.sign(key, algorithm).public_bytes(serialization.Encoding.PEM)


def signed_by_another_key() -> bytes:
    """A request whose signature is broken in its last byte."""
    lines = make_csr(NODE_KEY, "demo", "city-a")
    request = x509.load_pem_x509_csr(lines).public_bytes(serialization.Encoding.DER)
    label = "-----{} CERTIFICATE REQUEST-----\n"
    body = ssl.DER_cert_to_PEM_cert(request[:-1] + bytes([request[-1] ^ 1])).split("\n", 1)[1].rsplit("-----END", 1)[0]
    return (label.format("BEGIN") + body + label.format("END")).encode()


GOOD_NAME = [uri("urn:mynumber:demo:city-a")]
BAD_REQUESTS = {
    "nothing": b"",
    "a-certificate": certificate_pem(NODE),
    "too-long": make_csr(NODE_KEY, "demo", "city-a") + b"\n" * 20_000,
    "no-names": request_with(None),
    "a-host-beside": request_with([*GOOD_NAME, x509.DNSName("localhost")]),
    "an-address-beside": request_with([*GOOD_NAME, x509.IPAddress(IPv4Address("127.0.0.1"))]),
    "two-uris": request_with([*GOOD_NAME, uri("urn:mynumber:demo:city-b")]),
    "an-officer": request_with([uri("urn:mynumber:demo:city-a:officer:admin")]),
    "wants-to-be-a-ca": request_with(GOOD_NAME, ca=True),
    "p-384": request_with(GOOD_NAME, ec.generate_private_key(ec.SECP384R1())),
    "ed25519": request_with(GOOD_NAME, ed25519.Ed25519PrivateKey.generate()),
    "broken-signature": signed_by_another_key(),
}


@pytest.mark.parametrize("lie", BAD_REQUESTS)
def test_a_request_that_asks_for_anything_else_is_refused(lie: str) -> None:
    with pytest.raises(BadCertificate):
        check_csr(BAD_REQUESTS[lie])
    with pytest.raises(BadCertificate):
        issue_node(ROOT_KEY, ROOT, BAD_REQUESTS[lie], now=NOW, serial=2)


def test_an_authority_signs_for_its_own_network_and_office_only() -> None:
    with pytest.raises(BadCertificate, match="another network"):
        issue_node(ROOT_KEY, ROOT, make_csr(NODE_KEY, "other", "city-a"), now=NOW, serial=2)
    elsewhere = OfficerIdentity("demo", "city-b", "admin")
    with pytest.raises(BadCertificate, match="another office"):
        issue_officer(OFFICE_KEY, OFFICE_ROOT, OFFICER_KEY.public_key(), elsewhere, now=NOW, serial=2)
    with pytest.raises(BadCertificate, match="another office"):
        issue_office_server(ROOT_KEY, ROOT, LISTENER_KEY.public_key(), CITY, now=NOW, serial=2)
    with pytest.raises(BadCertificate, match="key is not"):
        issue_node(OFFICE_KEY, ROOT, make_csr(NODE_KEY, "demo", "city-a"), now=NOW, serial=2)


def test_no_certificate_outlives_its_authority() -> None:
    csr = make_csr(NODE_KEY, "demo", "city-a")
    last = NOW + (3650 - 400) * DAY
    issue_node(ROOT_KEY, ROOT, csr, now=last, serial=2)
    with pytest.raises(BadCertificate, match="ends before"):
        issue_node(ROOT_KEY, ROOT, csr, now=last + 1, serial=2)


@pytest.mark.parametrize("serial", [0, -1, 2**159])
def test_a_serial_number_that_others_refuse_is_refused(serial: int) -> None:
    with pytest.raises(BadCertificate, match="serial"):
        issue_root(ROOT_KEY, "demo", now=NOW, serial=serial)


@pytest.mark.parametrize("name", ["", "A", "a b", "a:b", "a" * 33, "é", "a\n"])
def test_what_is_no_identifier_gets_no_certificate(name: str) -> None:
    with pytest.raises(BadCertificate):
        make_csr(NODE_KEY, "demo", name)
    with pytest.raises(BadCertificate):
        issue_root(ROOT_KEY, name, now=NOW, serial=1)
    with pytest.raises(BadCertificate):
        issue_office_root(OFFICE_KEY, NodeIdentity("demo", name), now=NOW, serial=1)
    someone = OfficerIdentity("demo", "city-a", name)
    with pytest.raises(BadCertificate):
        issue_officer(OFFICE_KEY, OFFICE_ROOT, OFFICER_KEY.public_key(), someone, now=NOW, serial=2)


def test_only_p256_keys_are_certified() -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    with pytest.raises(BadCertificate):
        issue_root(other, "demo", now=NOW, serial=1)
    with pytest.raises(BadCertificate):
        issue_officer(OFFICE_KEY, OFFICE_ROOT, other.public_key(), ADMIN, now=NOW, serial=2)
    with pytest.raises(BadCertificate):
        make_csr(other, "demo", "city-a")


def test_pem_reads_back() -> None:
    assert load_certificate(certificate_pem(NODE)) == NODE
    assert load_key(key_pem(NODE_KEY)).private_numbers() == NODE_KEY.private_numbers()


@pytest.mark.parametrize(
    "pem", [b"", b"junk", key_pem(NODE_KEY), certificate_pem(NODE) * 2, certificate_pem(NODE) + b"\n" * 20_000]
)
def test_what_is_not_one_certificate_is_refused(pem: bytes) -> None:
    with pytest.raises(BadCertificate):
        load_certificate(pem)


def p384_pem() -> bytes:
    return key_pem(ec.generate_private_key(ec.SECP384R1()))


def encrypted_pem() -> bytes:
    how = serialization.BestAvailableEncryption(b"secret")
    return NODE_KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, how)


@pytest.mark.parametrize("pem", [b"", certificate_pem(NODE), p384_pem(), encrypted_pem()])
def test_what_is_no_plain_p256_key_is_refused(pem: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        load_key(pem)
    assert caught.value.code == "BAD_KEY"
