"""`mynumber officer`: adds an officer; the key is made here, and the office's CA signs for it at the gateway."""

import json
import re
from pathlib import Path

import click
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.cli.office_client import Door, OfficeClient, as_option
from mynumber.cli.output import json_option, print_json, say, speaking
from mynumber.gateway import office_api as api
from mynumber.pki import certificates
from mynumber.plumbing import keyfiles
from mynumber.plumbing.errors import MyNumberError, WrongUse

_NAME = re.compile("[a-z0-9-]{1,32}")


@click.group()
def officer() -> None:
    """Add officers of an office."""


@officer.command()
@as_option
@click.option("--name", required=True, help="1 to 32 of a-z, 0-9 and -; a name is given once.")
@click.option("--department", default="", help="Without it the one in charge of the procedure is named.")
@json_option
def add(*, folder: Path, name: str, department: str, as_json: bool) -> None:
    """Add an officer (admin) and write the officer's folder beside admin's.

    Example: mynumber officer add --as DIR/city-a/officers/admin --name hanako --department "Child Support"
    """
    with speaking(as_json=as_json):
        place = folder.resolve().parent / name
        if not _NAME.fullmatch(name) or place.exists():
            raise WrongUse("BAD_NAME", f"{name} is no name, or its folder is there", hint="choose another name")
        _make(place, OfficeClient.of(folder), name, department)
    if as_json:
        print_json({"officer": name, "dir": str(place)})
    else:
        say(f"{name} is an officer now, without a right: {place}")


def _make(place: Path, client: OfficeClient, name: str, department: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    csr = request.public_bytes(serialization.Encoding.PEM).decode("ascii")
    # The key first: after a crash behind the call there is a name without a certificate, and the next name is taken.
    keyfiles.write_secret(place / "officer.key", certificates.key_pem(key))
    try:
        body = api.NewOfficer(name=name, csr=csr, department=department)
        credential = client.call("POST", "/officers", api.Credential, body)
    except MyNumberError:
        (place / "officer.key").unlink()
        place.rmdir()
        raise
    (place / "officer.crt").write_text(credential.certificate, encoding="ascii")
    (place / "ca.crt").write_text(credential.ca, encoding="ascii")
    door = Door(office_url=client.door.office_url, ca="ca.crt", certificate="officer.crt", key="officer.key")
    lines = (f"{member} = {json.dumps(getattr(door, member))}\n" for member in Door.__struct_fields__)
    (place / "gateway.toml").write_text("".join(lines), encoding="utf-8")
