"""Where the segment documents go: a UDP socket that counts them, without a thread of its own."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BUFFER_BYTES = 1 << 22


@dataclass
class Sent:
    """What arrived."""

    datagrams: int = 0
    bytes: int = 0
    spans: int = 0


class Sink:
    """Stands in for X-Ray's daemon. What arrives waits in the socket until it is taken."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self.address = "{}:{}".format(*self._socket.getsockname())

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def take(self) -> Sent:
        """Return what has arrived since the last time."""
        sent = Sent()
        while True:
            try:
                datagram = self._socket.recv(1 << 16)
            except BlockingIOError:
                return sent
            sent.datagrams += 1
            sent.bytes += len(datagram)
            sent.spans += _spans(json.loads(datagram.partition(b"\n")[2]))


def _spans(document: dict[str, Any]) -> int:
    """Return how many segments and subsegments a document holds."""
    return 1 + sum(map(_spans, document.get("subsegments", ())))
