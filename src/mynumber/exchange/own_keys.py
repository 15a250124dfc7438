"""Whether the keys in a party's folder are its own: those that its certificate, the directory and its own store name.

A party with a foreign key would go on as if nothing had happened: an office that cannot open its codes answers
`not-available` about everybody, signed and recorded. So it does not begin. Before its first directory has arrived there
is nothing to compare with; the ceremony has compared then.
"""

import ssl

from mynumber.codes.jws import public_key
from mynumber.exchange.node import Node
from mynumber.pki import identity
from mynumber.plumbing.errors import MyNumberError, WrongUse
from mynumber.tlog import checkpoint, note


def require(name: str, *, fits: bool) -> None:
    """Raise WrongUse unless `keys/NAME` fits what is known of it."""
    if not fits:
        raise WrongUse(
            "WRONG_KEY", f"keys/{name} is not this party's own", hint="put back the key that was there before"
        )


def check(node: Node) -> None:
    """Compare what every party has: certificate, signing key and log key."""
    der = ssl.PEM_cert_to_DER_cert((node.folder / "node.crt").read_text(encoding="ascii"))
    if identity.party_of(der) != (node.config.network, node.config.id):
        raise WrongUse("WRONG_CERTIFICATE", "node.crt is of another party than config.toml", hint="correct the id")
    if node.schema.journal is not None:
        require("log.key", fits=_signed_by_us(node))
    if node.view.standing is not None:
        named = node.view.directory.signing_key(node.config.id)
        require("sign.key", fits=public_key(node.key("sign.key")) == named)


def _signed_by_us(node: Node) -> bool:
    """Tell whether the log's last checkpoint is signed with the log key of the folder."""
    with node.store.reading() as connection:
        signed = node.journal.checkpoint(connection)
    try:
        checkpoint.open_checkpoint(signed, note.parse_vkey(node.journal.vkey))
    except MyNumberError:
        return False
    return True
