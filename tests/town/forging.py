"""Somebody who stole every key of the town: whole inquiries that never went through it, at any time, with any lie.

What is made here is right to the last signature, unless a test bends it; no store has seen it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mynumber.codes import jws, law_table
from mynumber.codes.convert.endorse import endorse
from mynumber.codes.group import base, secret_scalar
from mynumber.codes.hashing import h
from mynumber.codes.keys import AgencyKeys, KeeperKeys, OperatorKeys, RegisterKeys, scalar_from
from mynumber.codes.law_table import LawTables
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties.directory import Directory
from mynumber.codes.parties.standing import Standing
from mynumber.codes.permit import release, request, sender, steps
from mynumber.codes.permit.arrived import arrived
from mynumber.codes.permit.request import Enrol, Exchange, Message, Request
from mynumber.codes.permit.sender import Encryption
from mynumber.codes.wire import B16, B32
from mynumber.exchange import context as contexts
from mynumber.exchange.context import Conditions, Context, Entry
from mynumber.exchange.view import anchors
from mynumber.plumbing import canonical, keyfiles
from mynumber.plumbing.canonical import Json, b64
from mynumber.world.town.layout import Town

ITEM = "pension/recipient"
OPERATORS = ("operator-1", "operator-2")


def said(*entries: Entry) -> bytes:
    """Return the context of an inquiry of city-a, about one person if no entries are given."""
    asked = entries or (Entry((ITEM,), Conditions()),)
    case, reason = "0123456789abcdef", "a case that nobody opened"
    context = Context(v=1, officer="hanako", department="こども課", case=case, reason=reason, entries=asked)
    return contexts.write(context, os.urandom(32))


def _no_more(_: Request) -> None:
    return None


@dataclass(frozen=True)
class Forge:
    """The keys of a town, its directory and its law."""

    town: Town
    directory: Directory
    laws: LawTables

    @classmethod
    def of(cls, town: Town, law: bytes) -> "Forge":
        """Return the forge of a town; `law` is the table in force, as canonical JSON."""
        folder = town.institution("operator-1").folder
        known = anchors.load(folder)
        signed = canonical.decode((folder / "directory.json").read_bytes())
        directory = directories.load_directory(signed, network=town.network, anchors=known.anchors, now=None, last=None)
        table = law_table.load_law(canonical.decode(law), town.network, directory.signer("supervisor"))
        return cls(town, directory, LawTables.of([table]))

    def key(self, party: str, name: str) -> bytes:
        """Return a secret of a party."""
        return keyfiles.read_secret(self._folder(party) / "keys" / name)

    def signer(self, party: str) -> tuple[str, bytes]:
        """Return (id, signing secret) of a party."""
        return party, self.key(party, "sign.key")

    def own_law(self) -> LawTables:
        """Return a table that says what the town's says, and that the supervisor never published."""
        body = self.laws.tables[0].body
        signed = law_table.sign_law(msgspec.structs.replace(body, from_=body.from_ - 1), self.signer("supervisor"))
        return LawTables.of([law_table.load_law(signed, self.town.network, self.directory.signer("supervisor"))])

    # Messages.

    def exchange(self, *, now: int, context: bytes | None = None, procedure: str = "link-107") -> Message:
        """Return city-a's request to the pension service about a person whose code is nobody's."""
        body = Exchange(
            v=1,
            network=self.town.network,
            dir=B32(self.directory.hash),
            id=B16(os.urandom(16)),
            kind="exchange",
            count=1,
            created=now,
            list=request.NO_LIST,
            from_="city-a",
            to="pension",
            from_epoch=self.directory.agency("city-a").epoch,
            to_epoch=self.directory.agency("pension").epoch,
            procedure=procedure,
            items=(ITEM,),
            reply_key=B32(os.urandom(32)),
            context=B32(h("context", said() if context is None else context)),
            undisclosed="",
        )
        keys = self._agency("city-a")
        return self._built(body, keys.y, (keys.id, keys.sign))

    def enrolment(self, *, now: int) -> Message:
        """Return the register's message for a code that city-a never asked for."""
        agency = self.directory.agency("city-a")
        body = Enrol(
            v=1,
            network=self.town.network,
            dir=B32(self.directory.hash),
            id=B16(os.urandom(16)),
            kind="enrol",
            count=1,
            created=now,
            list=request.NO_LIST,
            to="city-a",
            to_epoch=agency.epoch,
            record_epoch=agency.record_epoch,
            acq=(B16(os.urandom(16)),),
        )
        keys = RegisterKeys("register", self.key("register", "encryption.key"), self.key("register", "sign.key"))
        return self._built(body, keys.secret, (keys.id, keys.sign))

    def _built(self, body: Exchange | Enrol, secret: bytes, by: tuple[str, bytes]) -> Message:
        point = base(scalar_from(os.urandom(64)))
        encryption = Encryption(secret, os.urandom(32), os.urandom(32))
        return sender.build(body, [point], encryption, signers=[by], directory=self.directory)

    # The way.

    def endorsed(self, bundle: Json, operator: str, *, now: int, laws: LawTables | None = None) -> Json:
        """Return the bundle behind an operator."""
        made = endorse(
            arrived(bundle, released=False),
            me=OperatorKeys(
                operator,
                self.key(operator, "seed.key"),
                secret_scalar(self.key(operator, "layer.key")),
                self.key(operator, "sign.key"),
            ),
            standing=Standing(self.directory),
            laws=laws or self.laws,
            now=now,
            rand=os.urandom(32),
            known=lambda _: None,
            extra=_no_more,
        )
        return made.bundle

    def full(self, message: Message, *, now: int, laws: LawTables | None = None) -> Json:
        """Return the bundle behind all operators."""
        bundle: Json = start(message)
        for operator in OPERATORS:
            bundle = self.endorsed(bundle, operator, now=now, laws=laws)
        return bundle

    def released(self, message: Message, *, now: int, laws: LawTables | None = None) -> Json:
        """Return the bundle behind the keeper."""
        made = release.release(
            arrived(self.full(message, now=now, laws=laws), released=False),
            me=self._keeper(),
            standing=Standing(self.directory),
            now=now,
            rand=os.urandom(32),
            known=lambda _: None,
            is_member=lambda _domain, _tag: True,
        )
        return made.bundle

    def _keeper(self) -> KeeperKeys:
        y, x = (secret_scalar(self.key("keeper", name)) for name in ("transport.key", "release.key"))
        return KeeperKeys("keeper", y, x, self.key("keeper", "sign.key"), self.key("keeper", "members.key"))

    def _agency(self, office: str) -> AgencyKeys:
        y = secret_scalar(self.key(office, "transport.key"))
        return AgencyKeys(office, y, self.key(office, "wrap.key"), self.key(office, "sign.key"))

    def _folder(self, party: str) -> Path:
        return self.town.institution(party).folder


def start(message: Message) -> dict[str, Json]:
    """Return the bundle as its sender begins it."""
    return {"message": message.json, "steps": [], "endorsements": []}


def code_form(bundle: Json, released: Json) -> Json:
    """Return a full bundle as the keeper hands it on with its release."""
    assert isinstance(bundle, dict)
    opened = steps.open_bundle(bundle, released=False)
    shown: dict[str, Json] = {"message": opened.message, "endorsements": list(opened.endorsements)}
    return {**shown, "steps": steps.code_form(opened.steps), "release": released}


# Lies about a JWS.


def payload_of(signed: Json, typ: str) -> dict[str, Json]:
    """Return what a JWS says."""
    value = jws.parse(signed, typ).value
    assert isinstance(value, dict)
    return value


def headed(signed: Mapping[str, Json], header: Mapping[str, Json], seed: bytes) -> Json:
    """Return a JWS whose only signature is right, under this header."""
    protected = b64(canonical.encode(dict(header)))
    value = jws.sign_bytes(seed, f"{protected}.{signed['payload']}".encode("ascii"))
    return {"payload": signed["payload"], "signatures": [{"protected": protected, "signature": b64(value)}]}


def says(payload: Json, typ: str, signer: tuple[str, bytes]) -> Json:
    """Return a JWS that says anything whatever, rightly signed."""
    text: dict[str, Json] = {"payload": b64(canonical.encode(payload))}
    return headed(text, {"alg": "Ed25519", "kid": signer[0], "typ": typ}, signer[1])


def ill_signed(
    signed: Json, typ: str, signer: tuple[str, bytes], other: tuple[str, bytes]
) -> dict[str, tuple[Json, str]]:
    """Return lies about who signed what is rightly signed by `signer` alone: name -> (JWS, the refusal)."""
    assert isinstance(signed, dict)
    payload, signatures = signed["payload"], signed["signatures"]
    assert isinstance(signatures, list)

    def under(seed: bytes = signer[1], **changed: Json) -> Json:
        return headed(signed, {"alg": "Ed25519", "kid": signer[0], "typ": typ, **changed}, seed)

    return {
        "signed_by_another_key": (under(other[1]), "BAD_SIGNATURE"),
        "signed_by_another_party": (under(other[1], kid=other[0]), "SIGNATURE_SET"),
        "signed_by_nobody": ({"payload": payload, "signatures": []}, "SIGNATURE_SET"),
        "signed_twice": ({"payload": payload, "signatures": signatures * 2}, "SIGNATURE_SET"),
        "cosigned_by_another": (jws.add_signature(signed, typ, *other), "SIGNATURE_SET"),
        "of_another_type": (under(typ="mnc-unheard-of+json"), "WRONG_TYPE"),
        "without_an_algorithm": (under(alg="none"), "WRONG_TYPE"),
        "with_a_key_of_its_own": (under(jwk={"kty": "OKP"}), "BAD_ENCODING"),
        "by_half_a_pair": (under(kid="\ud800"), "BAD_ENCODING"),
        "by_a_number": (under(kid=1), "BAD_ENCODING"),
    }
