"""The ceremony: hand-ins become certificates and a directory that everybody checks; what does not belong is refused."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import ec

from mynumber.cli.main import main
from mynumber.codes import jws
from mynumber.codes.errors import ProtocolError
from mynumber.codes.parties import directory as directories
from mynumber.codes.parties.directory import Directory
from mynumber.exchange.ceremony import authority, delivery, hand_ins, signing
from mynumber.exchange.ceremony.hand_ins import BadHandIn
from mynumber.exchange.setup import HAND_IN
from mynumber.exchange.view import anchors
from mynumber.pki import certificates, nodes
from mynumber.pki.identity import BadCertificate
from mynumber.plumbing import canonical
from mynumber.plumbing.errors import Conflict, WrongUse
from tests.boot.network import NETWORK, NOW, OPERATORS, PARTIES, boot, certify, draft, everybody, init

COMMON = {"network.json", "node.crt", "network.crt"}
PAPERS = {"operator": {"directory.json", "addresses.json"}, "supervisor": {"logs.json"}}


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network after its ceremony; nothing in it may be changed."""
    folder = tmp_path_factory.mktemp("held")
    boot(folder)
    return folder


@pytest.fixture(scope="module")
def _initial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("initial")
    everybody(folder)
    return folder


@pytest.fixture
def new(_initial: Path, tmp_path: Path) -> Path:
    """Institutions before their ceremony, to be changed by one test."""
    return Path(shutil.copytree(_initial, tmp_path / "town"))


def load(folder: Path, party: str) -> Directory:
    """Return the directory as a party accepts it, from the anchors in its own folder."""
    trusted = anchors.load(folder / party)
    value = canonical.decode((folder / "operator-1" / "directory.json").read_bytes())
    return directories.load_directory(value, network=NETWORK, anchors=trusted.anchors, now=NOW, last=None)


@pytest.mark.parametrize("party", PARTIES)
def test_every_party_accepts_the_directory_by_what_lies_in_its_folder(held: Path, party: str) -> None:
    found = load(held, party)
    assert sorted(id_ for id_, _ in found.body.roles()) == sorted(PARTIES)
    assert found.operators == OPERATORS
    assert (found.body.version, found.body.not_before) == (1, NOW - 4320)
    assert found.body.not_after - found.body.not_before == 31 * 86_400


def test_every_office_begins_with_its_first_epochs(held: Path) -> None:
    for agency in load(held, "keeper").body.agencies:
        assert (agency.epoch, agency.record_epoch) == (1, 1)
        assert list(agency.epochs) == list(agency.records) == ["1"]
        assert len(agency.epochs["1"].k) == len(OPERATORS)


@pytest.mark.parametrize("party", PARTIES)
def test_each_folder_gets_the_papers_of_its_role(held: Path, party: str) -> None:
    handed_in = set((held / party).iterdir())
    papers = COMMON | PAPERS.get(party.partition("-")[0], set())
    every = COMMON.union(*PAPERS.values())
    assert {path.name for path in handed_in} & every == papers


def test_addresses_name_everybody_and_logs_everybody_who_keeps_one(held: Path) -> None:
    addresses = json.loads((held / "operator-2" / "addresses.json").read_text(encoding="ascii"))
    assert addresses == dict.fromkeys(PARTIES, "https://127.0.0.1:4001")
    logs = json.loads((held / "supervisor" / "logs.json").read_text(encoding="ascii"))
    assert set(logs) == set(PARTIES) - {"register", "supervisor"}
    assert all(vkey.startswith(f"demo/{party}/log+") for party, vkey in logs.items())


@pytest.mark.parametrize("party", PARTIES)
@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
def test_openssl_accepts_the_node_certificate(held: Path, party: str, purpose: str) -> None:
    folder = held / party
    verify = ("openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", str(folder / "network.crt"))
    done = subprocess.run([*verify, str(folder / "node.crt")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    show = ("openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", str(folder / "node.crt"))
    shown = subprocess.run(show, capture_output=True, text=True, check=True).stdout
    assert f"URI:urn:mynumber:demo:{party}\n" in shown


def test_only_the_ceremonys_folder_holds_the_authoritys_key(held: Path) -> None:
    key = held / "ceremony" / "keys" / "root.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = key.read_bytes()
    assert [path for path in held.rglob("*") if path.is_file() and path.read_bytes() == secret] == [key]


def test_the_ceremonys_folder_holds_no_secret_of_a_party(held: Path) -> None:
    secrets = {path.read_bytes() for path in held.glob("*/keys/*") if path.parent.parent.name != "ceremony"}
    texts = {canonical.b64(secret).encode() for secret in secrets} | secrets
    public = [path.read_bytes() for path in (held / "ceremony").rglob("*") if path.is_file()]
    assert len(texts) > len(PARTIES)
    assert [data for data in public if any(secret in data for secret in texts)] == []


def test_a_hand_in_that_asks_for_another_partys_certificate_is_refused(new: Path) -> None:
    shutil.copyfile(new / "pension" / HAND_IN / "node.csr", new / "city-a" / HAND_IN / "node.csr")
    with pytest.raises(BadHandIn, match="another party or network"):
        certify(new)
    assert not (new / "ceremony" / "certificates").exists()


def forged_csr(folder: Path) -> None:
    """A signing request whose signature is not by its own key."""
    other = ec.generate_private_key(ec.SECP256R1())
    lines = nodes.make_csr(other, NETWORK, "city-a").splitlines()
    lines[-2] = lines[-2][:8] + (b"B" if lines[-2][8:9] == b"A" else b"A") + lines[-2][9:]
    (folder / "node.csr").write_bytes(b"\n".join(lines) + b"\n")


def other_entry(folder: Path) -> None:
    """The entry of an office that was made for another network is bound to that one in its signature only."""
    shutil.copyfile(init(folder.parent, "city-a", network="other") / HAND_IN / "entry.json", folder / "entry.json")


def malformed_entry(folder: Path) -> None:
    """An entry with a member that no role has."""
    value = json.loads((folder / "entry.json").read_bytes())
    (folder / "entry.json").write_bytes(canonical.encode({**value, "nickname": "x"}))


def foreign_log(folder: Path) -> None:
    """A verifier key of another party's log."""
    shutil.copyfile(folder.parents[1] / "pension" / HAND_IN / "vkey", folder / "vkey")


@pytest.mark.parametrize("lie", [forged_csr, malformed_entry, foreign_log])
def test_a_hand_in_that_lies_is_refused_at_the_table(new: Path, lie: Callable[[Path], None]) -> None:
    lie(new / "city-a" / HAND_IN)
    with pytest.raises(BadHandIn):
        certify(new)


@pytest.mark.parametrize("part", ["entry.json", "node.csr", "url"])
def test_an_incomplete_hand_in_is_refused(new: Path, part: str) -> None:
    (new / "keeper" / HAND_IN / part).unlink()
    with pytest.raises(BadHandIn):
        certify(new)


def test_an_operators_anchor_names_the_keys_of_its_entry(new: Path) -> None:
    shutil.copyfile(new / "operator-2" / HAND_IN / "anchor.json", new / "operator-1" / HAND_IN / "anchor.json")
    with pytest.raises(BadHandIn, match=r"anchor\.json"):
        certify(new)


def test_an_id_is_handed_in_once(new: Path, tmp_path: Path) -> None:
    ceremony = certify(new)
    again = [new / "keeper" / HAND_IN]
    assert authority.certify(ceremony, NETWORK, again, now=NOW)[0].id == "keeper"
    impostor = init(tmp_path / "elsewhere", "keeper")
    with pytest.raises(Conflict):
        authority.certify(ceremony, NETWORK, [impostor / HAND_IN], now=NOW)


def test_another_network_gets_no_certificate(new: Path, tmp_path: Path) -> None:
    ceremony = certify(new)
    stranger = init(tmp_path / "elsewhere", "city-a", network="other") / HAND_IN
    with pytest.raises(BadHandIn):
        authority.certify(ceremony, NETWORK, [stranger], now=NOW)
    with pytest.raises(BadCertificate):
        authority.issue(ceremony, (stranger / "node.csr").read_bytes(), now=NOW)


def test_an_operator_signs_no_entry_whose_party_did_not_vouch_for_it_here(new: Path) -> None:
    other_entry(new / "city-a" / HAND_IN)
    ceremony = draft(new)
    with pytest.raises(ProtocolError) as caught:
        signing.sign(ceremony, new / "operator-1", now=NOW)
    assert caught.value.code in ("BAD_POP", "BAD_ENTRY")
    assert not (ceremony / "directory.json").exists()
    assert not (new / "operator-1" / "signed").exists()


def test_operators_sign_in_their_order_and_each_once(new: Path) -> None:
    ceremony = draft(new)
    with pytest.raises(ProtocolError, match="SIGNATURE_SET"):
        signing.sign(ceremony, new / "operator-2", now=NOW)
    first = signing.sign(ceremony, new / "operator-1", now=NOW)
    with pytest.raises(ProtocolError, match="SIGNATURE_SET"):
        signing.sign(ceremony, new / "operator-1", now=NOW)
    assert signing.sign(ceremony, new / "operator-2", now=NOW).hash == first.hash


def test_an_operator_does_not_sign_before_everybody_committed(new: Path) -> None:
    ceremony = certify(new)
    signing.draft(ceremony, now=NOW)
    signing.commit(ceremony, new / "operator-1")
    with pytest.raises(WrongUse, match=r"operator-2\.json"):
        signing.sign(ceremony, new / "operator-1", now=NOW)


def test_an_operator_does_not_sign_a_commitment_that_is_not_its_own(new: Path) -> None:
    ceremony = draft(new)
    files = [ceremony / "commitments" / f"{name}.json" for name in OPERATORS]
    mine, other = (json.loads(file.read_bytes()) for file in files)
    swapped = {**mine, "factors": other["factors"]}
    files[0].write_bytes(canonical.encode(swapped))
    with pytest.raises(ProtocolError):
        signing.sign(ceremony, new / "operator-1", now=NOW)


def test_an_operator_signs_one_payload_of_a_version(new: Path) -> None:
    ceremony = draft(new)
    signing.sign(ceremony, new / "operator-1", now=NOW)
    for path in (ceremony / "draft.json", ceremony / "directory.json"):
        path.unlink()
    signing.draft(ceremony, now=NOW + 1)
    for name in OPERATORS:
        signing.commit(ceremony, new / name)
    with pytest.raises(Conflict, match="another payload"):
        signing.sign(ceremony, new / "operator-1", now=NOW)
    assert not (ceremony / "directory.json").exists()


def test_a_crash_before_the_signature_is_shown_does_not_stop_an_operator(new: Path) -> None:
    ceremony = draft(new)
    first = signing.sign(ceremony, new / "operator-1", now=NOW)
    (ceremony / "directory.json").unlink()
    assert signing.sign(ceremony, new / "operator-1", now=NOW) == first


def test_a_directory_is_drafted_once(new: Path) -> None:
    ceremony = draft(new)
    with pytest.raises(Conflict):
        signing.draft(ceremony, now=NOW)


@pytest.mark.parametrize("missing", ["keeper", "register", "supervisor", "operator"])
def test_a_network_needs_each_of_its_roles(new: Path, missing: str) -> None:
    ceremony = certify(new)
    for path in (ceremony / HAND_IN).glob(f"{missing}*"):
        shutil.rmtree(path)
    with pytest.raises(WrongUse, match="at least one operator"):
        signing.draft(ceremony, now=NOW)


def signed(folder: Path) -> Path:
    """Go on to a directory that every operator signed."""
    ceremony = draft(folder)
    for name in OPERATORS:
        signing.sign(ceremony, folder / name, now=NOW)
    return ceremony


def test_no_party_takes_papers_before_every_operator_has_signed(new: Path) -> None:
    ceremony = draft(new)
    with pytest.raises(WrongUse, match="not signed yet"):
        delivery.finish(ceremony, new / "keeper", now=NOW)
    signing.sign(ceremony, new / "operator-1", now=NOW)
    with pytest.raises(WrongUse, match="not signed yet by operator-2"):
        delivery.finish(ceremony, new / "keeper", now=NOW)
    assert not (new / "keeper" / "network.json").exists()


def other_certificate(ceremony: Path) -> None:
    """Another party's certificate."""
    shutil.copyfile(authority.certificate_of(ceremony, "pension"), authority.certificate_of(ceremony, "keeper"))


def other_key(ceremony: Path) -> None:
    """A certificate of the right name for another key."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = authority.issue(ceremony, nodes.make_csr(key, NETWORK, "keeper"), now=NOW)
    authority.certificate_of(ceremony, "keeper").write_bytes(pem)


def other_name(ceremony: Path) -> None:
    """A certificate for the right key in another party's name."""
    key = certificates.load_key((ceremony.parent / "keeper" / "keys" / "node.key").read_bytes())
    pem = authority.issue(ceremony, nodes.make_csr(key, NETWORK, "visitor"), now=NOW)
    authority.certificate_of(ceremony, "keeper").write_bytes(pem)


@pytest.mark.parametrize("lie", [other_certificate, other_key, other_name])
def test_a_party_takes_no_certificate_that_is_not_its_own(new: Path, lie: Callable[[Path], None]) -> None:
    ceremony = signed(new)
    lie(ceremony)
    with pytest.raises(BadCertificate):
        delivery.finish(ceremony, new / "keeper", now=NOW)
    assert not (new / "keeper" / "network.json").exists()


@pytest.mark.parametrize("party", ["keeper", "city-a", "operator-2"])
def test_a_party_finds_out_that_the_directory_lists_somebody_elses_keys(new: Path, tmp_path: Path, party: str) -> None:
    impostor = init(tmp_path / "elsewhere", party)
    ceremony = certify(new)
    for part in ("entry.json", "anchor.json"):
        if (impostor / HAND_IN / part).exists():
            shutil.copyfile(impostor / HAND_IN / part, ceremony / HAND_IN / party / part)
    signing.draft(ceremony, now=NOW)
    folders = [impostor if name == party else new / name for name in OPERATORS]
    for folder in folders:
        signing.commit(ceremony, folder)
    for folder in folders:
        signing.sign(ceremony, folder, now=NOW)
    with pytest.raises(BadHandIn, match="another entry"):
        delivery.finish(ceremony, new / party, now=NOW)
    assert not (new / party / "network.json").exists()


def test_a_directory_of_other_operators_is_not_taken(new: Path, tmp_path: Path) -> None:
    ceremony = signed(new)
    elsewhere = boot(tmp_path / "elsewhere")
    shutil.copyfile(elsewhere / "directory.json", ceremony / "directory.json")
    with pytest.raises(ProtocolError):
        delivery.finish(ceremony, new / "keeper", now=NOW)


def test_no_office_signs_or_commits(new: Path) -> None:
    ceremony = draft(new)
    for step in (signing.commit, lambda *where: signing.sign(*where, now=NOW)):
        with pytest.raises(WrongUse, match="no operator"):
            step(ceremony, new / "city-a")


def test_the_commands_hold_the_ceremony(new: Path) -> None:
    ceremony = str(new / "ceremony")

    def run(step: str, *arguments: str | Path) -> str:
        done = CliRunner().invoke(main, ["ceremony", step, "--dir", ceremony, *map(str, arguments)])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "agency     city-a" in run("certificate", *(new / name / HAND_IN for name in PARTIES))
    run("directory")
    for name in OPERATORS:
        run("commit", "--as", new / name)
    hashes = {run("sign", "--as", new / name).split()[-1] for name in OPERATORS}
    lines = run("finish", *(new / name for name in PARTIES)).splitlines()
    assert {line.split()[-1] for line in lines} == hashes == {load(new, "keeper").hash.hex()}


@pytest.mark.parametrize(
    ("step", "status"),
    [(["directory"], 2), (["commit", "--as", "city-a"], 2), (["finish", "city-a"], 2), (["certificate", "city-a"], 1)],
)
def test_a_step_out_of_order_says_what_comes_first(new: Path, step: list[str], status: int) -> None:
    arguments = ["ceremony", step[0], "--dir", str(new / "none")]
    done = CliRunner().invoke(main, [*arguments, *(str(new / each) if each == "city-a" else each for each in step[1:])])
    assert done.exit_code == status
    assert "error:" in done.stderr
    assert "hint:" in done.stderr


def ended(ceremony: Path, step: str, *arguments: str | Path) -> Result:
    """Return how a command of the ceremony ended."""
    return CliRunner().invoke(main, ["ceremony", step, "--dir", str(ceremony), *map(str, arguments)])


def test_who_signs_out_of_order_is_told_whose_step_it_is(new: Path) -> None:
    ceremony = certify(new)
    signing.draft(ceremony, now=NOW)
    for waiting in ("commit, by operator-1, operator-2", "commit, by operator-2", "sign, by operator-1"):
        done = ended(ceremony, "sign", "--as", new / "operator-2")
        assert (done.exit_code, "[NOT_YOUR_TURN]" in done.stderr) == (1, True)
        assert f"hint: next: ceremony {waiting}" in done.stderr
        signing.commit(ceremony, new / ("operator-1" if "operator-1" in waiting else "operator-2"))
    for name in OPERATORS:
        assert ended(ceremony, "sign", "--as", new / name).exit_code == 0
    assert "has signed already" in ended(ceremony, "sign", "--as", new / "operator-1").stdout


def test_the_status_of_a_signed_directory_names_who_has_handed_in_since(new: Path) -> None:
    ceremony = signed(new)
    assert "next: ceremony finish, by who has not finished yet: every" in ended(ceremony, "status").stdout
    assert "then" not in ended(ceremony, "status").stdout
    authority.certify(ceremony, NETWORK, [init(new, "ward", role="gateway") / HAND_IN], now=NOW)
    assert "then: ceremony directory, for ward, who handed in" in ended(ceremony, "status").stdout
    assert json.loads(ended(ceremony, "status", "--json").stdout)["undrafted"] == ["ward"]
    signing.draft(ceremony, now=NOW)
    assert json.loads(ended(ceremony, "status", "--json").stdout)["undrafted"] == []


def test_what_operators_sign_is_what_the_party_vouched_for(held: Path) -> None:
    entry = hand_ins.read(held / "city-a" / HAND_IN, NETWORK).entry
    listed = load(held, "keeper").agency("city-a")
    assert listed.sign == entry.sign == jws.public_key((held / "city-a" / "keys" / "sign.key").read_bytes())
