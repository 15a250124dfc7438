"""Every packet of a town's ports on the loopback, written into a file that any network tool opens (pcap).

Promises that what was captured is all that passed: the kernel says whether it dropped anything, and then the capture
is worth nothing. It needs the right to open a raw socket (CAP_NET_RAW); `possible` tells whether this process has it.
"""

import socket
import struct
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from mynumber.plumbing.errors import NotFinished

_INTERFACE: Final = "lo"
_ALL_PROTOCOLS: Final = 3  # ETH_P_ALL
_OUTGOING: Final = 4  # PACKET_OUTGOING: the loopback shows every packet twice, going out and coming in
_RECEIVE_BUFFER: Final = 33  # SO_RCVBUFFORCE
_PACKETS, _STATISTICS = 263, 6  # SOL_PACKET, PACKET_STATISTICS
_BUFFER: Final = 256 * 1024 * 1024
_LARGEST: Final = 256 * 1024
_ETHERNET, _IPV4, _TCP = 14, b"\x08\x00", 6
_FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, _LARGEST, 1)
_PACKET_HEADER = struct.Struct("<IIII")


def possible() -> bool:
    """Tell whether this process may listen to the loopback."""
    try:
        _listen().close()
    except OSError:
        return False
    return True


def _listen() -> socket.socket:
    listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
    listening.bind((_INTERFACE, 0))
    listening.setsockopt(socket.SOL_SOCKET, _RECEIVE_BUFFER, _BUFFER)
    return listening


class Capture:
    """A capture of some ports into a file, from the beginning of the `with` block to its end."""

    def __init__(self, file: Path, ports: Collection[int]) -> None:
        """Prepare; nothing is heard yet."""
        self._file, self._ports = file, frozenset(ports)
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def __enter__(self) -> Self:
        """Listen from now on, or raise NotFinished where that is not allowed."""
        try:
            self._socket = _listen()
        except OSError as problem:
            hint = "run it as root, or with CAP_NET_RAW"
            raise NotFinished("NO_CAPTURE", "this process may not listen to the loopback", hint=hint) from problem
        self._socket.settimeout(0.1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take what has arrived, then stop; NotFinished if the kernel dropped packets."""
        self._ending.set()
        self._thread.join()
        _, dropped = struct.unpack("=II", self._socket.getsockopt(_PACKETS, _STATISTICS, 8))
        self._socket.close()
        if dropped:
            raise NotFinished("CAPTURE_DROPPED", f"{dropped} packets were not captured", hint="repeat with less load")

    def _run(self) -> None:
        with self._file.open("wb") as file:
            file.write(_FILE_HEADER)
            while True:
                try:
                    packet, (_, _, kind, *_) = self._socket.recvfrom(_LARGEST)
                except TimeoutError:
                    if self._ending.is_set():
                        return
                    continue
                if kind != _OUTGOING and self._is_ours(packet):
                    now = time.time_ns()
                    seconds, rest = divmod(now, 1_000_000_000)
                    file.write(_PACKET_HEADER.pack(seconds, rest // 1000, len(packet), len(packet)) + packet)

    def _is_ours(self, packet: bytes) -> bool:
        segment = tcp_of(packet)
        return segment is not None and bool(self._ports & {*struct.unpack_from(">HH", segment[1])})


def tcp_of(packet: bytes) -> tuple[bytes, bytes] | None:
    """Return (both addresses, TCP segment) of an Ethernet frame, None for anything else."""
    if packet[12:14] != _IPV4 or len(packet) < _ETHERNET + 20 or packet[_ETHERNET + 9] != _TCP:
        return None
    header = 4 * (packet[_ETHERNET] & 15)
    [size] = struct.unpack_from(">H", packet, _ETHERNET + 2)
    # Offloaded segments may say 0; then the frame itself says how long they are.
    end = _ETHERNET + size if size else len(packet)
    return packet[_ETHERNET + 12 : _ETHERNET + 20], packet[_ETHERNET + header : end]


def packets(file: Path) -> Iterator[bytes]:
    """Return the packets of a capture, in their order."""
    data, at = file.read_bytes(), len(_FILE_HEADER)
    while at + _PACKET_HEADER.size <= len(data):
        _, _, size, _ = _PACKET_HEADER.unpack_from(data, at)
        at += _PACKET_HEADER.size
        yield data[at : at + size]
        at += size
