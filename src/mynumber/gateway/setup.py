"""What `mynumber init gateway` makes: transport and wrap keys, the office's own small CA, its listener and its admin.

The office's CA is trusted by the office listener alone; its officers are nobody at other institutions. A new officer's
key is made here and handed over with the folder `officers/NAME`; the CA's key never leaves `keys/`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes import handing_in
from mynumber.codes.handing_in import Vouching
from mynumber.codes.keys import AgencyKeys, scalar_from
from mynumber.exchange import setup
from mynumber.exchange.setup import NewFolder, Party
from mynumber.gateway import vault
from mynumber.gateway.config import File, GatewayConfig
from mynumber.gateway.store import SCHEMA
from mynumber.pki import certificates, officers
from mynumber.pki.identity import NodeIdentity, OfficerIdentity
from mynumber.plumbing import config, keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import Conflict

ADMIN = "admin"
_CA, _CA_KEY = "office-ca.crt", "office-ca.key"
_SERVER, _SERVER_KEY = "office.crt", "office.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """How an office is set up: its own listener, its name, and what its configuration says of departments and data."""

    port: int
    host: str = "127.0.0.1"
    name: str = ""
    departments: Mapping[str, str] = field(default_factory=dict)
    mapping: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the office's own people reach it; its certificate names this machine only."""
        return f"https://{self.host}:{self.port}"


def init(folder: Path, party: Party, office: Office) -> None:
    """Make an office's folder."""
    new = setup.begin(folder, party, SCHEMA)
    transport, wrap = scalar_from(os.urandom(64)), os.urandom(64)
    new.secret("transport.key", transport)
    new.secret("wrap.key", wrap)
    new.configure(members=_members(office), tables=_tables(office), store="gateway.db")
    new.create("gateway.db")
    vault.create(folder / "vault.db")
    _found_office(new, NodeIdentity(party.network, party.id), Clock().now())
    add_officer(folder, ADMIN)
    own = AgencyKeys(party.id, transport, wrap, new.sign)
    new.hand_in(handing_in.agency_entry(own, Vouching(party.network, party.organisation, os.urandom(32))))


def add_officer(folder: Path, name: str) -> Path:
    """Make officers/NAME with a new key, its certificate and gateway.toml; Conflict if that officer is there."""
    who = setup.who(folder)
    key = ec.generate_private_key(ec.SECP256R1())
    authority_key = certificates.load_key(keyfiles.read_secret(folder / "keys" / _CA_KEY))
    authority = certificates.load_certificate((folder / _CA).read_bytes())
    officer = OfficerIdentity(who.network, who.id, name)
    certificate = officers.issue_officer(
        authority_key, authority, key.public_key(), officer, now=Clock().now(), serial=x509.random_serial_number()
    )
    place = folder / "officers" / name
    if place.exists():
        raise Conflict("OFFICER_EXISTS", f"the office has an officer {name}", hint="choose another name")
    keyfiles.write_secret(place / "officer.key", certificates.key_pem(key))
    (place / "officer.crt").write_bytes(certificates.certificate_pem(certificate))
    (place / "ca.crt").write_bytes(certificates.certificate_pem(authority))
    url = config.load(folder / setup.CONFIG, GatewayConfig).office.url
    (place / "gateway.toml").write_text(_door(url), encoding="utf-8")
    return place


def _found_office(new: NewFolder, office: NodeIdentity, now: int) -> None:
    key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = officers.issue_office_root(key, office, now=now, serial=x509.random_serial_number())
    server = officers.issue_office_server(
        key, authority, server_key.public_key(), office, now=now, serial=x509.random_serial_number()
    )
    new.secret(_CA_KEY, certificates.key_pem(key))
    new.secret(_SERVER_KEY, certificates.key_pem(server_key))
    (new.path / _CA).write_bytes(certificates.certificate_pem(authority))
    (new.path / _SERVER).write_bytes(certificates.certificate_pem(server))


def _door(url: str) -> str:
    return f"""\
# Where this officer's gateway is and how each side proves who it is; paths are relative to this folder.
office_url = {setup.quoted(url)}
ca = "ca.crt"
certificate = "officer.crt"
key = "officer.key"
"""


def _members(office: Office) -> str:
    return f"""\
# Numbers lie in a store of their own, which the acquisition step alone opens.
vault = "vault.db"
# The department's own database, read through [mapping] and never written. An SQLite file in this folder.
business = "business.db"
# The office's own name, for its officers and for other offices' records of who asked.
name = {setup.quoted(office.name)}
"""


def _tables(office: Office) -> str:
    return f"""
# The listener for this office's own officers and systems; it takes certificates of office-ca.crt only.
[office]
host = {setup.quoted(office.host)}
port = {office.port}
url = {setup.quoted(office.url)}

# Who is in charge of a procedure: procedure = department. Others come under the office's own name.
{setup.table("departments", office.departments)}
# What may leave: item = query of one line. An item without a query is never held here. `:person` is this office's own
# reference; `:fiscal_year`, `:from` and `:to` are the inquiry's conditions, NULL where it has none. A row's columns are
# the answer, so a query names no column that the item does not need.
{setup.table("mapping", office.mapping)}
# The files of specific personal information and their size, which decides the assessment that this office has to
# publish (Act arts. 27, 28): persons in it, whether 500 or more staff handle it, whether there was a serious incident
# within a year, and the items it holds.
{_files(office.files)}"""


def _files(files: Mapping[str, File]) -> str:
    if files:
        return "\n".join(_file(name, file) for name, file in files.items())
    return "".join(f"# {line}\n" for line in _file("name of the file", File(subjects=0)).splitlines())


def _file(name: str, file: File) -> str:
    return f"""\
[files.{setup.quoted(name)}]
subjects = {file.subjects}
staff_500_or_more = {str(file.staff_500_or_more).lower()}
incident = {str(file.incident).lower()}
items = [{", ".join(map(setup.quoted, file.items))}]
"""
