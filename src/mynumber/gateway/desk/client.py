"""An officer's way to the office's gateway: the folder of `--as`, one HTTPS call, errors as our own.

`gateway.toml` says where the gateway is and which files prove who each side is. A gateway that cannot be reached is
"not finished" (3), what it refuses is a clear no (1), and what it does not understand is wrong use (2).
"""

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote, urlsplit

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.gateway.desk import api
from mynumber.pki import certificates
from mynumber.plumbing import config, durable, keyfiles
from mynumber.plumbing.errors import Conflict, MyNumberError, NotFinished, NotFound, OwnFault, Refused, WrongUse

T = TypeVar("T")

# The gateway itself waits ten seconds for an inquiry.
_SECONDS = 40
_BRANCHES: dict[int, type[MyNumberError]] = {
    400: WrongUse,
    403: Refused,
    404: NotFound,
    409: Conflict,
    503: NotFinished,
}


class Door(config.Section, frozen=True, kw_only=True):
    """What `gateway.toml` says; paths are relative to its folder."""

    office_url: str
    ca: str
    certificate: str
    key: str


class _Problem(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str = ""
    article: str | None = None


@dataclass(frozen=True, slots=True)
class OfficeClient:
    """The gateway as one officer reaches it; `lang` is asked for where a sentence comes from the law."""

    folder: Path
    door: Door
    lang: str = "en"

    @classmethod
    def of(cls, folder: Path, lang: str = "en") -> "OfficeClient":
        """Return the client of an officer's folder, or raise WrongUse."""
        path = folder / "gateway.toml"
        if not path.is_file():
            raise WrongUse(
                "NO_OFFICER", f"{folder} is no officer's folder", hint="name a folder that `mynumber officer add` made"
            )
        return cls(folder, config.load(path, Door), lang)

    def call(self, method: str, path: str, answer: type[T], body: msgspec.Struct | None = None) -> T:
        """Return the gateway's answer, or raise what it refused with."""
        status, data = self._exchange(method, path, None if body is None else msgspec.json.encode(body))
        if status >= 300:
            raise _refusal(status, data)
        try:
            return msgspec.json.decode(data, type=answer)
        except msgspec.MsgspecError as problem:
            raise OwnFault(
                "UNKNOWN_ANSWER", "the gateway answers what this program does not know", hint="compare both versions"
            ) from problem

    def _exchange(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        where = urlsplit(self.door.office_url)
        headers = {"Accept-Language": self.lang} | ({} if body is None else {"Content-Type": "application/json"})
        try:
            connection = http.client.HTTPSConnection(
                where.hostname or "", where.port, timeout=_SECONDS, context=self._context()
            )
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            data = response.read()
            connection.close()
        except ssl.SSLCertVerificationError as problem:
            raise Refused(
                "NOT_THE_GATEWAY", f"what answers at {self.door.office_url} is another's", hint="check gateway.toml"
            ) from problem
        except (OSError, http.client.HTTPException) as problem:
            raise _unreached(self.door.office_url, problem) from problem
        return response.status, data

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            context.load_verify_locations(self.folder / self.door.ca)
            context.load_cert_chain(self.folder / self.door.certificate, self.folder / self.door.key)
        except OSError as problem:
            raise WrongUse(
                "BAD_CERTIFICATE", f"certificate, key or CA of {self.folder} does not load", hint="get a new officer"
            ) from problem
        return context


def segment(text: str) -> str:
    """Return a text as one segment of a path."""
    return quote(text, safe="")


def _refusal(status: int, data: bytes) -> MyNumberError:
    branch = _BRANCHES.get(status, OwnFault)
    try:
        problem = msgspec.json.decode(data, type=_Problem)
    except msgspec.MsgspecError:
        return OwnFault("UNKNOWN_ANSWER", f"the gateway answers {status}", hint="look into its log")
    return branch(problem.code, problem.message, hint=problem.hint, article=problem.article)


def _unreached(url: str, problem: Exception) -> NotFinished:
    # A server of TLS 1.3 that refuses our certificate just closes after the handshake, as one that stopped does.
    closed = isinstance(problem, ssl.SSLError | ConnectionResetError)
    why = "closed the connection: it stopped, or refuses this certificate" if closed else "does not answer"
    return NotFinished("GATEWAY_DOWN", f"the gateway at {url} {why}", hint="start it, or wait and try again")


def enlist(client: OfficeClient, place: Path, name: str, department: str) -> None:
    """Add an officer as the office's admin and write the officer's folder, whose key is made here and stays."""
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
    durable.put(place / "officer.crt", credential.certificate.encode("ascii"))
    durable.put(place / "ca.crt", credential.ca.encode("ascii"))
    door = Door(office_url=client.door.office_url, ca="ca.crt", certificate="officer.crt", key="officer.key")
    lines = (f"{member} = {json.dumps(getattr(door, member))}\n" for member in Door.__struct_fields__)
    durable.put(place / "gateway.toml", "".join(lines).encode())
