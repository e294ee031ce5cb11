"""Amazon CloudWatch Logs, log events of a subscription filter.

Shape: Amazon CloudWatch Logs User Guide, "Using CloudWatch Logs subscription filters". The data is
JSON, compressed and in base64. Where the log events come from stands before them, so that the
first few KB tell it however many there are; what was logged is not read.
"""

from __future__ import annotations

from sltrace.events._carriers import parse
from sltrace.events._source import ASYNCHRONOUS, Source, items, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# How base64 of a gzip file begins: its magic number and the one method there is.
_GZIP = "H4sI"
# Names of a group, a stream and two filters have 512 characters at most, each.
_MAX_BASE64 = 4096
_MAX_TEXT = 8192


class CloudWatchLogs(Source):
    """Log events of one stream."""

    __slots__ = ()

    name = "cloudwatch.logs"
    trigger = "pubsub"
    model = ASYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is compressed log data, and nothing else."""
        data = mapping(event.get("awslogs")).get("data")
        return len(event) == 1 and isinstance(data, str) and data.startswith(_GZIP)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return where the log events come from. OTel's names are for a function's own logs."""
        about = _head(event["awslogs"]["data"])
        filters = items(about.get("subscriptionFilters"))
        return known(
            {
                "sltrace.cloudwatch.log_group": text(about.get("logGroup")),
                "sltrace.cloudwatch.log_stream": text(about.get("logStream")),
                "sltrace.cloudwatch.subscription_filter": text(filters[0]) if filters else None,
                "sltrace.cloudwatch.message_type": text(about.get("messageType")),
            }
        )


def _head(data: str) -> Mapping[Any, Any]:
    """Return what stands before the log events; nothing, where that cannot be read."""
    import binascii  # noqa: PLC0415 - no part of the cold path
    import zlib  # noqa: PLC0415 - as above

    try:
        packed = binascii.a2b_base64(data[:_MAX_BASE64])
        start = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed, _MAX_TEXT)
    except (ValueError, zlib.error):  # binascii.Error is a ValueError
        return {}
    head, mark, _ = start.partition(b',"logEvents"')
    return mapping(parse(head.decode("utf-8", "replace") + "}")) if mark else {}


SOURCE = CloudWatchLogs()
