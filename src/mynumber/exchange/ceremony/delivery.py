"""The end of the ceremony: each party checks what came of its hand-in, and takes the papers it needs into its folder.

  1. The directory passes D1 to D8, signed by all operators.
  2. This party's entry in it is the one that it handed in.
  3. Its certificate is its own, of its own key.
  4. network.json, network.crt, node.crt; operators: directory.json, addresses.json; the supervisor: logs.json.

The operators' anchors are what everything else hangs on: the people of every party compare them with the operators'
own words, which no program can do. A crash in (4) leaves some papers; the step can be repeated.
"""

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from mynumber.codes.parties import directory as directories
from mynumber.codes.parties import entries
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.entries import Operator
from mynumber.exchange import anchors, setup
from mynumber.exchange.anchors import Network, OperatorAnchor
from mynumber.exchange.ceremony import authority, hand_ins, signing
from mynumber.exchange.ceremony.hand_ins import BadHandIn, HandIn
from mynumber.pki import certificates, identity
from mynumber.pki.identity import BadCertificate, NodeIdentity
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.errors import WrongUse

DIRECTORY, ADDRESSES, LOGS = "directory.json", "addresses.json", "logs.json"


def finish(ceremony: Path, folder: Path, *, now: int) -> Directory:
    """Check the ceremony as the party of `folder` and put its papers there."""
    network = authority.network_of(ceremony)
    who = setup.who(folder)
    handed = hand_ins.read_kept(ceremony, network)
    # (1) The directory.
    trusted = _network(network, handed)
    found = _directory(ceremony, trusted, now)
    # (2) Our entry.
    own = hand_ins.read(folder / setup.HAND_IN, network)
    if own.id != who.id or not _listed(found, own):
        raise BadHandIn(who.id, "the directory lists another entry than the one that was handed in")
    # (3) Our certificate.
    certificate = authority.certificate_of(ceremony, who.id).read_bytes()
    _check_certificate(certificate, folder, NodeIdentity(network, who.id))
    # (4) The papers.
    anchors.save(folder, trusted)
    (folder / "node.crt").write_bytes(certificate)
    (folder / "network.crt").write_bytes((ceremony / authority.ROOT).read_bytes())
    for name, value in _papers(own, handed, found).items():
        (folder / name).write_bytes(value)
    return found


def _network(network: str, handed: tuple[HandIn, ...]) -> Network:
    operators = tuple(
        OperatorAnchor(id=each.entry.id, org=each.entry.org, sign=each.entry.sign, url=each.url)
        for each in handed
        if isinstance(each.entry, Operator)
    )
    return Network(network=network, operators=operators)


def _directory(ceremony: Path, network: Network, now: int) -> Directory:
    try:
        jws = canonical.decode((ceremony / signing.DIRECTORY).read_bytes())
    except OSError as problem:
        hint = "every operator runs `mynumber ceremony sign` first"
        raise WrongUse("NOT_YET", "the directory is not signed yet", hint=hint) from problem
    return directories.load_directory(jws, network=network.network, anchors=network.anchors, now=now, last=None)


def _listed(directory: Directory, own: HandIn) -> bool:
    """Tell whether the directory has our entry; epochs and records of an agency are the operators' part."""
    if isinstance(own.entry, Operator):
        return own.entry in directory.body.operators
    listed = {entry.id: entry for entry in directory.body.entries()}.get(own.id)
    return listed is not None and entries.own_members(listed) == entries.own_members(own.entry)


def _check_certificate(pem: bytes, folder: Path, expected: NodeIdentity) -> None:
    certificate = certificates.load_certificate(pem)
    key = certificates.load_key(keyfiles.read_secret(folder / "keys" / "node.key"))
    der = certificate.public_bytes(Encoding.DER)
    if identity.party_of(der) != expected or certificate.public_key() != key.public_key():
        raise BadCertificate("the certificate is another party's", hint="hand in again")


def _papers(own: HandIn, handed: tuple[HandIn, ...], directory: Directory) -> Mapping[str, bytes]:
    if own.role == "operator":
        urls = {each.id: each.url for each in handed}
        return {DIRECTORY: canonical.encode(directory.jws), ADDRESSES: canonical.encode(urls)}
    if own.role == "supervisor":
        return {LOGS: canonical.encode({each.id: each.vkey for each in handed if each.vkey})}
    return {}
