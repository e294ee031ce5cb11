"""AWS Transfer Family, a function as a server's identity provider.

Shape: AWS Transfer Family User Guide, "Using AWS Lambda to integrate your identity provider". A
source of its own, for the server waits for its answer. User name, password and address are not
recorded.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PROTOCOLS = ("SFTP", "FTPS", "FTP")


class TransferIdentity(Source):
    """Someone who wants in."""

    __slots__ = ()

    name = "transfer.identity_provider"
    model = SYNCHRONOUS
    answer = "whether the user is let in"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a log-in at a server, by one of its protocols."""
        server = event.get("serverId")
        return (
            isinstance(server, str)
            and server.startswith("s-")
            and event.get("protocol") in _PROTOCOLS
            and isinstance(event.get("username"), str)
            and isinstance(event.get("sourceIp"), str)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the server, and how the user means to log in."""
        # Of a user with a key the password is empty or missing.
        has_password = text(event.get("password")) is not None
        return known(
            {
                "sltrace.transfer.server_id": text(event.get("serverId")),
                "sltrace.transfer.protocol": text(event.get("protocol")),
                "sltrace.transfer.method": "password" if has_password else "public_key",
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return the decision: without a role in it, an answer lets nobody in."""
        if not isinstance(result, dict):
            return {}
        return {"sltrace.transfer.allowed": text(result.get("Role")) is not None}


SOURCE = TransferIdentity()
