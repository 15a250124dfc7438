"""The end of the ceremony: each party checks what came of its hand-in, and takes the papers it needs into its folder.

  1. The directory passes D1 to D8, signed by all operators.
  2. This party's entry in it is the one that it handed in.
  3. Its certificate is its own, of its own key, or of the next one, which then takes that key's place.
  4. network.json, network.crt, node.crt; operators: directory.json, addresses.json; the supervisor: logs.json.

A party that takes part already believes the operators of its own network.json, not those of the ceremony's folder, and
its running process sees the papers change. Who changed nothing need not come, but for operators and supervisor; and
everybody comes where an operator's signing key changes, which network.json then says (handover.py).

The operators' anchors are what everything else hangs on: the people of every party compare them with the operators'
own words, which no program can do. A crash in (4) leaves some papers; the step can be repeated.
"""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from mynumber.codes.parties.directory import Directory
from mynumber.exchange import setup
from mynumber.exchange.ceremony import authority, hand_ins, signing
from mynumber.exchange.ceremony.hand_ins import BadHandIn, HandIn
from mynumber.exchange.running import own_keys
from mynumber.exchange.view import anchors
from mynumber.exchange.view.anchors import Network, OperatorAnchor
from mynumber.pki import certificates, identity
from mynumber.pki.identity import BadCertificate, NodeIdentity
from mynumber.plumbing import canonical, durable, keyfiles

DIRECTORY, ADDRESSES, LOGS = "directory.json", "addresses.json", "logs.json"


def finish(ceremony: Path, folder: Path, *, now: int) -> Directory:
    """Check the ceremony as the party of `folder` and put its papers there."""
    network = authority.network_of(ceremony)
    who = setup.who(folder)
    handed = hand_ins.read_kept(ceremony, network)
    # (1) The directory.
    known = (folder / anchors.FILE).exists()
    trusted = signing.believed(ceremony, anchors.load(folder) if known else _network(network, handed, ceremony))
    found = signing.signed_directory(ceremony, trusted.anchors, now=now)
    # (2) Our entry.
    own = hand_ins.read(folder / setup.HAND_IN, network)
    if own.id != who.id or not hand_ins.is_listed(found.body, own):
        raise BadHandIn(who.id, "the directory lists another entry than the one that was handed in")
    # (3) Our certificate.
    certificate = authority.certificate_of(ceremony, who.id).read_bytes()
    key = _check_certificate(certificate, folder, NodeIdentity(network, who.id))
    # (4) The papers. A crash between the key and its certificate leaves a pair that does not fit; the step is repeated.
    anchors.save(folder, trusted)
    if key == own_keys.following(folder, "node"):
        key.replace(own_keys.settled(folder, "node"))
        durable.sync_folder(key.parent)
    durable.put(folder / "node.crt", certificate)
    durable.put(folder / "network.crt", (ceremony / authority.ROOT).read_bytes())
    for name, value in _papers(own, handed, found).items():
        durable.put(folder / name, value)
    return found


def _network(network: str, handed: tuple[HandIn, ...], ceremony: Path) -> Network:
    """Return the operators of the first version, from whom on a party that is new here follows every change of key."""
    urls, operators = {each.id: each.url for each in handed}, signing.first(ceremony).operators
    listed = (OperatorAnchor(id=each.id, org=each.org, sign=each.sign, url=urls[each.id]) for each in operators)
    return Network(network=network, operators=tuple(listed))


def _check_certificate(pem: bytes, folder: Path, expected: NodeIdentity) -> Path:
    """Return the file with the key that the certificate is of."""
    certificate = certificates.load_certificate(pem)
    if identity.party_of(certificate.public_bytes(Encoding.DER)) == expected:
        for path in (own_keys.settled(folder, "node"), own_keys.following(folder, "node")):
            if (
                path.exists()
                and certificates.load_key(keyfiles.read_secret(path)).public_key() == certificate.public_key()
            ):
                return path
    raise BadCertificate("the certificate is another party's", hint="hand in again")


def _papers(own: HandIn, handed: tuple[HandIn, ...], directory: Directory) -> Mapping[str, bytes]:
    if own.role == "operator":
        urls = {each.id: each.url for each in handed}
        return {DIRECTORY: canonical.encode(directory.jws), ADDRESSES: canonical.encode(urls)}
    if own.role == "supervisor":
        return {LOGS: canonical.encode({each.id: each.vkey for each in handed if each.vkey})}
    return {}
