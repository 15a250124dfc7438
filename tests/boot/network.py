"""A small network in a temporary folder, made by the functions that `mynumber init` and `mynumber ceremony` call."""

import time
from pathlib import Path

from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.gateway import setup as gateway
from mynumber.keeper import setup as keeper
from mynumber.network import setup as operator
from mynumber.oversight import setup as supervisor
from mynumber.register import setup as register

NETWORK = "demo"
NOW = int(time.time())
OPERATORS = ("operator-1", "operator-2")
PARTIES = ("register", *OPERATORS, "keeper", "supervisor", "city-a", "pension")


def init(folder: Path, name: str, *, role: str = "", organisation: str = "", network: str = NETWORK) -> Path:
    """Make one institution's folder below `folder`."""
    made = folder / name
    role = role or {"city-a": "gateway", "pension": "gateway"}.get(name, name.partition("-")[0])
    party = Party(role=role, id=name, organisation=organisation or f"org-{name}", network=network, port=4001)
    if role == "gateway":
        gateway.init(made, party, gateway.Office(port=4002))
    else:
        {"register": register, "operator": operator, "keeper": keeper, "supervisor": supervisor}[role].init(made, party)
    return made


def everybody(folder: Path) -> None:
    """Make every institution's folder."""
    for name in PARTIES:
        init(folder, name)


def certify(folder: Path) -> Path:
    """Take every hand-in and return the ceremony's folder."""
    ceremony = folder / "ceremony"
    authority.certify(ceremony, NETWORK, [folder / name / HAND_IN for name in PARTIES], now=NOW)
    return ceremony


def draft(folder: Path) -> Path:
    """Go on to a draft with every operator's commitments."""
    ceremony = certify(folder)
    signing.draft(ceremony, now=NOW)
    for name in OPERATORS:
        signing.commit(ceremony, folder / name)
    return ceremony


def boot(folder: Path) -> Path:
    """Hold the whole ceremony for new institutions and return its folder."""
    everybody(folder)
    ceremony = draft(folder)
    for name in OPERATORS:
        signing.sign(ceremony, folder / name, now=NOW)
    for name in PARTIES:
        delivery.finish(ceremony, folder / name, now=NOW)
    return ceremony
