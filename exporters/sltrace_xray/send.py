"""Documents sent to the X-Ray daemon, one UDP datagram each, without ever waiting."""

from __future__ import annotations

# The C half of `socket`, which has all that a datagram needs: the Python half imports `selectors`
# and builds enums, 4 ms of a cold start.
import _socket
import re

from sltrace._guard import warn
from sltrace_xray.encode import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace._span import Span

ADDRESS_VARIABLE = "AWS_XRAY_DAEMON_ADDRESS"
DEFAULT_ADDRESS = ("127.0.0.1", 2000)
# AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon".
HEADER = b'{"format":"json","version":1}\n'

_ADDRESS = re.compile(r"(?:(tcp|udp):)?(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):([0-9]{1,5})")
_MAX_PORT = 65_535
_BOTH = "tcp and udp"


class XRayExporter:
    """Sends spans to the daemon at ``address``, a host and a port.

    Threads may share an exporter. A forked process has to make its own.
    """

    __slots__ = ("_address", "_in_lambda", "_target")

    def __init__(self, address: tuple[str, int], *, in_lambda: bool) -> None:
        self._address = address
        self._in_lambda = in_lambda
        self._target: tuple[_socket.socket, Any] | None = None

    def export(self, spans: Sequence[Span]) -> None:
        """Send the spans that are sampled; datagrams that cannot leave at once are lost.

        Raises:
            OSError: the daemon's name has no address, or a datagram could not be sent. The
                others have been.
        """
        documents = encode(spans, in_lambda=self._in_lambda)
        if not documents:
            return
        sender, address = self._target = self._target or _open(self._address)
        results = [_send(sender, HEADER + document, address) for document in documents]
        failures = [result for result in results if result is not None]
        if failures:
            # Whatever was wrong with the socket (a restored snapshot's), the next one is new.
            self.close()
            raise failures[0]

    def close(self) -> None:
        """Close the socket; the next export opens another."""
        target, self._target = self._target, None
        if target is not None:
            target[0].close()


def daemon_address(environ: Mapping[str, str]) -> tuple[str, int]:
    """Return the daemon's UDP host and port: AWS_XRAY_DAEMON_ADDRESS, or 127.0.0.1:2000.

    The variable holds ``HOST:PORT``, ``udp:HOST:PORT``, or ``tcp:HOST:PORT udp:HOST:PORT`` in
    either order; an IPv6 address stands in brackets.
    """
    text = environ.get(ADDRESS_VARIABLE, "").strip()
    if not text:
        return DEFAULT_ADDRESS
    address = _read_address(text)
    if address is None:
        host, port = DEFAULT_ADDRESS
        warn(f"{ADDRESS_VARIABLE}={text!r} names no UDP host and port: using {host}:{port}")
        return DEFAULT_ADDRESS
    return address


def _read_address(text: str) -> tuple[str, int] | None:
    found: dict[str, tuple[str, int]] = {}
    for part in text.split():
        match = _ADDRESS.fullmatch(part)
        if match is None or not 0 < int(match[3]) <= _MAX_PORT:
            return None
        protocol = match[1] or _BOTH
        if protocol in found or (found and _BOTH in (protocol, *found)):
            return None
        found[protocol] = (match[2].strip("[]"), int(match[3]))
    return found.get("udp") or found.get(_BOTH)


def _send(sender: _socket.socket, datagram: bytes, address: Any) -> OSError | None:
    """Send one datagram and return what went wrong: the next ones may be luckier."""
    try:
        sender.sendto(datagram, address)
    except OSError as error:
        return error
    return None


def _open(address: tuple[str, int]) -> tuple[_socket.socket, Any]:
    """Return a non-blocking socket and the address for it to send to, looked up once."""
    host, port = address
    family, kind, protocol, _, target = _socket.getaddrinfo(host, port, 0, _socket.SOCK_DGRAM)[0]
    # Deliberately not connected: a daemon's absence would then fail the datagram after the one
    # it refused.
    opened = _socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened, target
