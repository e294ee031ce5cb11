"""What the headers tell of a request that came through a proxy: to which host, and from whom.

For sources whose events do not tell it themselves. Names by OTel, "HTTP server".
"""

from __future__ import annotations

from sltrace.events._http import pick
from sltrace.events._source import known

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_NAMES = frozenset(("host", "user-agent", "x-forwarded-for", "x-forwarded-proto"))
_LENGTHS = frozenset(map(len, _NAMES))


def request_attributes(headers: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what headers in any case tell, their values texts or lists of texts."""
    found = pick(headers, _NAMES, _LENGTHS)
    # The first of those that it was forwarded for is the client, the others are proxies.
    client = (found.get("x-forwarded-for") or "").partition(",")[0]
    return known(
        {
            "url.scheme": found.get("x-forwarded-proto"),
            "server.address": address(found.get("host")),
            "client.address": address(client.strip()),
            "user_agent.original": found.get("user-agent"),
        }
    )


def address(host: str | None) -> str | None:
    """Return a host's name or address without its port, and an IPv6 address without brackets."""
    name, _, port = (host or "").rpartition(":")
    has_port = port.isdigit() and (":" not in name or name.endswith("]"))
    return (name if has_port else host or "").strip("[]") or None
