"""What `mynumber init gateway` makes: transport and wrap keys, the office's own small CA, its listener and its admin.

The office's CA is trusted by the office listener alone; its officers are nobody at other institutions. The first
officer is made here; the others send the gateway a signing request, so that their keys are made where they work.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.codes.keys import AgencyKeys, scalar_from
from mynumber.codes.parties import handing_in
from mynumber.codes.parties.handing_in import Vouching
from mynumber.exchange import setup
from mynumber.exchange.setup import NewFolder, Party
from mynumber.gateway.acquiring import vault
from mynumber.gateway.config import File
from mynumber.gateway.desk.cases import ADMIN
from mynumber.gateway.store import SCHEMA
from mynumber.pki import certificates, officers
from mynumber.pki.identity import NodeIdentity, OfficerIdentity
from mynumber.plumbing import keyfiles
from mynumber.plumbing.clock import Clock
from mynumber.plumbing.errors import Conflict


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
    _found_office(new, office.url)
    own = AgencyKeys(party.id, transport, wrap, new.sign)
    new.hand_in(handing_in.agency_entry(own, Vouching(party.network, party.organisation, os.urandom(32))))


def write_officer(place: Path, *, url: str, key: bytes, certificate: bytes, authority: bytes) -> None:
    """Write what an officer works with into a new folder: key, certificate, the office's CA, and gateway.toml."""
    if place.exists():
        raise Conflict("OFFICER_EXISTS", f"{place} is there already", hint="choose another name")
    keyfiles.write_secret(place / "officer.key", key)
    (place / "officer.crt").write_bytes(certificate)
    (place / "ca.crt").write_bytes(authority)
    (place / "gateway.toml").write_text(_door(url), encoding="utf-8")


def _found_office(new: NewFolder, url: str) -> None:
    """Make the office's CA, the certificate of its listener and that of its first officer, who adds the others."""
    office, now = NodeIdentity(new.party.network, new.party.id), Clock().now()
    key, server_key, admin_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = officers.issue_office_root(key, office, now=now, serial=x509.random_serial_number())
    server = officers.issue_office_server(
        key, root, server_key.public_key(), office, now=now, serial=x509.random_serial_number()
    )
    named = OfficerIdentity(office.network, office.party, ADMIN)
    admin = officers.issue_officer(
        key, root, admin_key.public_key(), named, now=now, serial=x509.random_serial_number()
    )
    new.secret("office-ca.key", certificates.key_pem(key))
    new.secret("office.key", certificates.key_pem(server_key))
    authority = certificates.certificate_pem(root)
    (new.path / "office-ca.crt").write_bytes(authority)
    (new.path / "office.crt").write_bytes(certificates.certificate_pem(server))
    write_officer(
        new.path / "officers" / ADMIN,
        url=url,
        key=certificates.key_pem(admin_key),
        certificate=certificates.certificate_pem(admin),
        authority=authority,
    )


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
# reference, and every query has to ask for it; `:fiscal_year`, `:from` and `:to` are the inquiry's conditions, NULL
# where it has none. A row's columns are the answer, so a query names no column that the item does not need.
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
