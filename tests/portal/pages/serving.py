"""The pages over TLS for the time of a test, beside the test's own thread; and the system's browser."""

import asyncio
import shutil
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from mynumber.exchange import signing_in
from mynumber.exchange.setup import Party
from mynumber.plumbing import canonical, config, server
from mynumber.portal import setup
from mynumber.portal.config import PortalConfig
from mynumber.portal.pages.listener import add_pages
from tests.portal.pages.desk import CERTIFICATE, NAMES, SIGNATURE, Desk

DIRECTORY = "ab" * 32
NOW = 1_790_100_000


@dataclass(frozen=True)
class Site:
    """A portal's pages that are being served."""

    url: str
    desk: Desk
    certificate: Path

    def address(self, path: str) -> str:
        """Return an address of it."""
        return f"{self.url}/{path}"


def text_of(nonce: str) -> str:
    """Return what a card makes for a nonce that a page shows."""
    return signing_in.write(canonical.unb64(nonce), CERTIFICATE, SIGNATURE)


@contextmanager
def serving(folder: Path, desk: Desk) -> Iterator[Site]:
    """Serve the pages of a desk until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    party = Party(role="portal", id="portal", organisation="org-portal", network="town", port=port)
    setup.init(folder / "portal", party, setup.Public(port=port, names=NAMES))
    settings = config.load(folder / "portal" / "config.toml", PortalConfig)
    certificate = folder / "portal" / setup.PAGES_CERTIFICATE
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, folder / "portal" / "keys" / setup.PAGES_KEY)
    app = server.application()
    add_pages(app, desk, settings, directory=lambda: DIRECTORY, now=lambda: NOW)
    listener = server.Listener(app, host="127.0.0.1", port=port, context=context)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    try:
        yield Site(settings.public.url, desk, certificate)
    finally:
        asyncio.run_coroutine_threadsafe(listener.stop(), loop).result(15)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def browser_of(playwright: Playwright) -> Browser:
    """Return the system's Chromium; a user who is root has no sandbox to run it in."""
    path = shutil.which("chromium")
    assert path is not None, "chromium is installed by tools/setup.sh test"
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
