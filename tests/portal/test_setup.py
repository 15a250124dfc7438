"""A portal's folder, and its place in a directory: an agency with records of its own and without codes."""

import ssl
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from mynumber.cli.main import main
from mynumber.codes.parties.directory import load_directory
from mynumber.exchange.ceremony import authority, delivery, signing
from mynumber.exchange.setup import HAND_IN, Party
from mynumber.exchange.view import anchors
from mynumber.plumbing import canonical, config
from mynumber.portal import setup
from mynumber.portal.config import Language, PortalConfig
from tests.boot import network

NAMES: dict[str, dict[Language, str]] = {"city-a": {"ja": "甲市", "en": "City A"}}


def init(folder: Path) -> Path:
    party = Party(role="portal", id="portal", organisation="org-portal", network=network.NETWORK, port=4001)
    setup.init(folder / "portal", party, setup.Public(port=4002, names=NAMES))
    return folder / "portal"


def test_the_configuration_of_init_is_read_as_it_was_meant(tmp_path: Path) -> None:
    settings = config.load(init(tmp_path) / "config.toml", PortalConfig)
    assert settings.public.url == "https://127.0.0.1:4002"
    assert settings.name("city-a", "ja") == "甲市"
    assert settings.name("pension", "en") == "pension"


def test_the_command_makes_the_same_folder_and_refuses_a_port_for_others(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["init", "portal", "--dir", str(tmp_path / "portal"), "--public-port", "4100"])
    assert done.exit_code == 0
    assert config.load(tmp_path / "portal" / "config.toml", PortalConfig).public.port == 4100
    done = CliRunner().invoke(main, ["init", "keeper", "--dir", str(tmp_path / "keeper"), "--public-port", "4100"])
    assert done.exit_code == 2


@pytest.mark.parametrize("named", ["localhost", "127.0.0.1"])
def test_a_browser_that_is_given_the_certificate_accepts_the_pages(tmp_path: Path, named: str) -> None:
    folder = init(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "pages.crt", folder / "keys" / "pages.key")
    shake_hands(ssl.create_default_context(cafile=str(folder / "pages.crt")), server, named)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(ssl.create_default_context(cafile=str(folder / "pages.crt")), server, "example.org")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(ssl.create_default_context(), server, named)


def shake_hands(browser: ssl.SSLContext, server: ssl.SSLContext, named: str) -> None:
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = browser.wrap_bio(back, there, server_hostname=named)
    listener = server.wrap_bio(there, back, server_side=True)
    for _ in range(3):
        for side in (client, listener):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


def test_the_ceremony_lists_a_portal_without_codes(tmp_path: Path) -> None:
    network.everybody(tmp_path)
    portal, ceremony, now = init(tmp_path), tmp_path / "ceremony", int(time.time())
    folders = [*(tmp_path / name for name in network.PARTIES), portal]
    authority.certify(ceremony, network.NETWORK, [folder / HAND_IN for folder in folders], now=now)
    signing.draft(ceremony, now=now)
    for name in network.OPERATORS:
        signing.commit(ceremony, tmp_path / name)
    for name in network.OPERATORS:
        signing.sign(ceremony, tmp_path / name, now=now)
    delivery.finish(ceremony, portal, now=now)
    signed = canonical.decode((ceremony / signing.DIRECTORY).read_bytes())
    operators = anchors.load(portal).anchors
    directory = load_directory(signed, network=network.NETWORK, anchors=operators, now=now, last=None)
    entry = directory.agency("portal")
    assert (entry.portal, entry.epoch, entry.epochs, list(entry.records)) == (True, 0, {}, ["1"])
    assert ("portal", 1) in directory.domains
