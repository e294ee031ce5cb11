"""AWS Transfer Family through Amazon EventBridge: files that came, went or failed to.

Shape: AWS Transfer Family User Guide, "Transfer Family events detail reference". User names and
addresses are not recorded, and no paths, which begin with user names.
"""

from __future__ import annotations

from sltrace.events._service_event import ServiceEvent
from sltrace.events._source import text, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class EventBridgeTransfer(ServiceEvent):
    """A transfer at a server, or one that a connector made."""

    __slots__ = ()

    name = "eventbridge.transfer"
    service = "aws.transfer"

    def details(self, detail: Mapping[Any, Any]) -> dict[str, Any]:
        """Return where the transfer was made, its size and its outcome."""
        return {
            "sltrace.transfer.server_id": text(detail.get("server-id")),
            "sltrace.transfer.connector_id": text(detail.get("connector-id")),
            "sltrace.transfer.protocol": text(detail.get("protocol")),
            "sltrace.transfer.bytes": whole(detail.get("bytes")),
            "sltrace.transfer.status": text(detail.get("status-code")),
            "sltrace.transfer.failure_code": text(detail.get("failure-code")),
        }


SOURCE = EventBridgeTransfer()
