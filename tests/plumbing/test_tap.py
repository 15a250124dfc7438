"""The tap writes every message whole while it is open, and nothing else ever."""

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest
from aiohttp import web

from mynumber.plumbing import server, tap
from mynumber.plumbing.client import PeerClient
from mynumber.plumbing.errors import BadInput

MESSAGES = [(b"POST /v1/convert\n", b'{"a": 1}'), (b"", b""), (b"GET /\n", bytes(range(256)) * 3)]


def test_what_is_noted_is_read_whole(tmp_path: Path) -> None:
    tap.begin(tmp_path)
    for head, body in MESSAGES:
        tap.note("received", head, body)
    tap.end()
    tap.note("sent", b"later", b"unseen")
    tap.begin(tmp_path)
    tap.note("sent", b"again", b"seen")
    tap.end()
    found = list(tap.read(tmp_path))
    assert [(each.head, each.body) for each in found] == [*MESSAGES, (b"again", b"seen")]
    assert len({each.file for each in found}) == 2
    assert sorted(each.at for each in found) == [each.at for each in found]


def test_a_message_that_broke_off_is_left_out(tmp_path: Path) -> None:
    tap.begin(tmp_path)
    for head, body in MESSAGES:
        tap.note("received", head, body)
    tap.end()
    [path] = (tmp_path / tap.FOLDER).iterdir()
    path.write_bytes(path.read_bytes()[:-100])
    assert [(each.head, each.body) for each in tap.read(tmp_path)] == MESSAGES[:-1]


def test_an_open_tap_can_be_seen_and_a_closed_one_writes_nothing(tmp_path: Path) -> None:
    assert not tap.is_on()
    tap.note("sent", b"head", b"body")
    assert list(tap.read(tmp_path)) == []
    tap.begin(tmp_path)
    assert tap.is_on()
    tap.end()


@pytest.fixture
def contexts(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return a server's and a client's context around one certificate made here."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, *named, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    return serving, ssl.create_default_context(cafile=str(certificate))


def test_both_sides_of_a_call_are_written(
    tmp_path: Path, contexts: tuple[ssl.SSLContext, ssl.SSLContext], free_tcp_port: int
) -> None:
    serving, asking = contexts

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/refused":
            raise BadInput("NO", "not this", hint="another")
        return server.json_response({"heard": (await request.read()).decode()})

    async def talk() -> None:
        app = server.application()
        app.router.add_route("*", "/{name}", answer)
        listener = server.Listener(app, host="127.0.0.1", port=free_tcp_port, context=serving)
        await listener.start()
        async with PeerClient("peer", f"https://127.0.0.1:{free_tcp_port}", asking) as client:
            await client.post("/told?who=query-mark", b'"asked-mark"')
            await client.post("/refused", b'"unread"')
        await listener.stop()

    tap.begin(tmp_path)
    asyncio.run(talk())
    tap.end()
    noted = [(each.head.split(b"\n")[0], each.body) for each in tap.read(tmp_path)]
    heard = b'{"heard": "\\"asked-mark\\""}'
    assert (b"POST /told?who=query-mark", b'"asked-mark"') in noted
    assert (b"POST peer /told?who=query-mark", b'"asked-mark"') in noted
    assert noted.count((b"200", heard)) == 2
    assert [body for line, body in noted if line == b"400" and b'"NO"' in body] != []
