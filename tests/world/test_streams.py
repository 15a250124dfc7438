"""A capture hears every byte of a connection, in order, and says when it did not."""

import socket
import struct
import threading
from pathlib import Path

import pytest

from mynumber.plumbing.errors import NotFinished
from mynumber.world.search import streams
from mynumber.world.search.streams import Stream
from mynumber.world.town import capture
from mynumber.world.town.capture import Capture

SYN, ACK = 2, 16


def frame(source: int, target: int, number: int, data: bytes, flags: int = ACK) -> bytes:
    """Return an Ethernet frame with an IPv4 packet with a TCP segment."""
    segment = struct.pack(">HHIIBBHHH", source, target, number, 0, 5 << 4, flags, 0, 0, 0) + data
    packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
    return bytes(12) + b"\x08\x00" + packet + segment


def written(file: Path, *frames: bytes) -> Path:
    """Write a capture."""
    packets = b"".join(struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in frames)
    file.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + packets)
    return file


def test_segments_make_one_stream_in_whatever_order_they_come(tmp_path: Path) -> None:
    near_the_end = (1 << 32) - 3
    file = written(
        tmp_path / "a.pcap",
        frame(1000, 2000, near_the_end - 1, b"", SYN),
        frame(1000, 2000, 4, b"SECRET-"),
        frame(1000, 2000, near_the_end, b"before-"),
        frame(1000, 2000, near_the_end, b"before-"),
        frame(2000, 1000, 77, b"answer"),
        frame(1000, 2000, 11, b"VALUE"),
        frame(1000, 2000, 9, b"T-VALUE"),
    )
    assert [(piece.where, piece.data) for piece in streams.pieces(file)] == [
        ("1000 > 2000", b"before-SECRET-VALUE"),
        ("2000 > 1000", b"answer"),
    ]


def test_a_port_that_is_used_again_is_another_stream(tmp_path: Path) -> None:
    file = written(
        tmp_path / "a.pcap",
        *(frame(1000, 2000, 10, b"", SYN), frame(1000, 2000, 11, b"one")),
        *(frame(1000, 2000, 900, b"", SYN), frame(1000, 2000, 901, b"other")),
    )
    assert [piece.data for piece in streams.pieces(file)] == [b"one", b"other"]


def test_a_hole_is_an_error(tmp_path: Path) -> None:
    file = written(tmp_path / "a.pcap", frame(1, 2, 10, b"", SYN), frame(1, 2, 11, b"one"), frame(1, 2, 15, b"three"))
    with pytest.raises(NotFinished):
        list(streams.pieces(file))
    assert Stream(1, 2, 0).data() == b""


def test_what_is_no_tcp_is_left_out(tmp_path: Path) -> None:
    udp = bytearray(frame(1, 2, 3, b"data"))
    udp[23] = 17
    file = written(tmp_path / "a.pcap", bytes(udp), b"short", bytes(12) + b"\x08\x06" + bytes(40))
    assert list(streams.pieces(file)) == []


def hears(tmp_path: Path, sent: bytes) -> list[tuple[int, bytes]]:
    """Send bytes over two connections, one at a captured port; return what was captured at which port."""
    with socket.create_server(("127.0.0.1", 0)) as watched, socket.create_server(("127.0.0.1", 0)) as other:
        port = watched.getsockname()[1]
        with Capture(tmp_path / "town" / "a.pcap", {port}):
            for server in (watched, other):
                with socket.create_connection(server.getsockname()) as sending:
                    heard, _ = server.accept()
                    sender = threading.Thread(target=sending.sendall, args=(sent,))
                    sender.start()
                    with heard:
                        got = b""
                        while len(got) < len(sent):
                            got += heard.recv(1 << 20)
                    sender.join()
    found = streams.read(tmp_path / "town" / "a.pcap")
    assert {port} == {stream.target for stream in found if stream.data()}
    return [(stream.target, stream.data()) for stream in found if stream.data()]


def test_a_capture_hears_all_of_its_ports_and_nothing_else(tmp_path: Path) -> None:
    if not capture.possible():
        with pytest.raises(NotFinished), Capture(tmp_path / "a.pcap", {1}):
            pass
        return
    sent = bytes(range(256)) * 20_000
    [(_, data)] = hears(tmp_path, sent)
    assert data == sent
