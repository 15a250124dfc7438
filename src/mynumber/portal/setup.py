"""What `mynumber init portal` makes: a transport secret, and a certificate for the pages.

A portal is an agency of the directory without codes (PROTOCOL.md section 3), so it has no wrap key. The certificate of
its pages is signed by itself, for its own host and this machine; in production a public one takes its place.
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
from mynumber.exchange.setup import Party
from mynumber.pki import certificates, sites
from mynumber.plumbing.clock import Clock
from mynumber.portal.config import Language
from mynumber.portal.replica import WITH_REPLICA

PAGES_CERTIFICATE = "pages.crt"
PAGES_KEY = "pages.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """The listener for browsers, and how parties are shown on its pages: party id -> language -> name.

    `of_one` is how many sign-ins one address may begin in a minute.
    """

    port: int
    host: str = "127.0.0.1"
    of_one: int = 60
    names: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where browsers reach it."""
        return f"https://{self.host}:{self.port}"


def init(folder: Path, party: Party, public: Public) -> None:
    """Make the portal's folder."""
    new = setup.begin(folder, party, WITH_REPLICA)
    transport = scalar_from(os.urandom(64))
    new.secret("transport.key", transport)
    new.configure(members=_MEMBERS + f"nonces_of_one_a_minute = {public.of_one}\n", tables=_tables(public))
    new.create()
    key = ec.generate_private_key(ec.SECP256R1())
    new.secret(PAGES_KEY, certificates.key_pem(key))
    page = sites.issue_own(key, public.host, now=Clock().now(), serial=x509.random_serial_number())
    (folder / PAGES_CERTIFICATE).write_bytes(certificates.certificate_pem(page))
    own = AgencyKeys(party.id, transport, b"", new.sign)
    vouching = Vouching(party.network, party.organisation, os.urandom(32))
    new.hand_in(handing_in.agency_entry(own, vouching, portal=True))


_MEMBERS = """\
# How long a citizen stays signed in, in seconds; the register gives 1800 at most.
session_s = 1800
# How many citizens may be signed in at a time; what a session has read is in memory and goes with it.
most_sessions = 1000
# How many sign-ins may begin in any minute.
nonces_a_minute = 600
# How many of them from one address, so that one client locks nobody else out. Behind a proxy of your own, which is one
# address for all, let the proxy limit and allow as many here as above.
"""


def _tables(public: Public) -> str:
    return f"""
# The listener for citizens' browsers. Its certificate is {PAGES_CERTIFICATE}, the key keys/{PAGES_KEY}: made by `init`
# and signed by itself, so that browsers ask before they trust it, and valid for 400 days. Put a public certificate and
# its key in their place, and start again.
[public]
host = {setup.quoted(public.host)}
port = {public.port}
url = {setup.quoted(public.url)}

# How institutions are shown: a table for each party with its name in ja and en. Others are shown by their id.
# [names."city-a"]
# ja = "甲市"
# en = "City A"
{_names(public.names)}"""


def _names(names: Mapping[str, Mapping[Language, str]]) -> str:
    return "\n".join(
        f"[names.{setup.quoted(party)}]\n"
        + "".join(f"{language} = {setup.quoted(name)}\n" for language, name in shown.items())
        for party, shown in names.items()
    )
