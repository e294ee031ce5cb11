"""Documents sent to the X-Ray daemon, one UDP datagram each, without waiting for an answer."""

from __future__ import annotations

# The C half of `socket`, which has all that a datagram needs: the Python half imports `selectors`
# and builds enums, 4 ms of a cold start.
import _socket
import time

from sltrace._guard import warn
from sltrace_xray.encode import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from sltrace._span import Span

ADDRESS_VARIABLE = "AWS_XRAY_DAEMON_ADDRESS"
DEFAULT_ADDRESS = ("127.0.0.1", 2000)
# AWS X-Ray Developer Guide, "Sending segment documents to the X-Ray daemon".
HEADER = b'{"format":"json","version":1}\n'

_MAX_PORT = 65_535
_PROTOCOLS = ("tcp", "udp")
_BOTH = "tcp and udp"
_BURST = 64
_PAUSE_SECONDS = 0.001


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
        results = [_send(sender, HEADER + document, address) for document in _paced(documents)]
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
    """Return the UDP host and port; compiling a pattern for it would take longer."""
    found: dict[str, tuple[str, int]] = {}
    for part in text.split():
        prefix, _, rest = part.partition(":")
        protocol, place = (prefix, rest) if prefix in _PROTOCOLS and ":" in rest else (_BOTH, part)
        host, _, port = place.rpartition(":")
        is_repeated = protocol in found or (found and _BOTH in (protocol, *found))
        if is_repeated or not (part.isascii() and _is_host(host) and _is_port(port)):
            return None
        found[protocol] = (host.strip("[]"), int(port))
    return found.get("udp") or found.get(_BOTH)


def _is_host(text: str) -> bool:
    is_ipv6 = text.startswith("[") and text.endswith("]")
    name = text[1:-1] if is_ipv6 else text
    marks = ":." if is_ipv6 else ".-_"
    return bool(name) and all(letter.isalnum() or letter in marks for letter in name)


def _is_port(text: str) -> bool:
    return text.isdigit() and len(text) <= len(str(_MAX_PORT)) and 0 < int(text) <= _MAX_PORT


def _paced(documents: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the documents, with a breath for the daemon after each so many.

    UDP drops what a receiver has no room for and tells nobody. One invocation in a thousand has
    more documents than that room; it pays a millisecond for each 64 of them.
    """
    for number, document in enumerate(documents, 1):
        yield document
        if number % _BURST == 0:
            time.sleep(_PAUSE_SECONDS)


def _send(sender: _socket.socket, datagram: bytes, address: Any) -> OSError | None:
    """Send one datagram and return what went wrong: the next ones may be luckier."""
    try:
        sender.sendto(datagram, address)
    except OSError as error:
        return error
    return None


def _open(address: tuple[str, int]) -> tuple[_socket.socket, Any]:
    """Return a non-blocking socket and the address for it to send to, looked up once."""
    # As bytes: for a str Python would load its IDNA codec, a millisecond of a cold start.
    host, port = address[0].encode("ascii"), address[1]
    family, kind, protocol, _, target = _socket.getaddrinfo(host, port, 0, _socket.SOCK_DGRAM)[0]
    # Deliberately not connected: a daemon's absence would then fail the datagram after the one
    # it refused.
    opened = _socket.socket(family, kind, protocol)
    opened.setblocking(False)
    return opened, target
