"""What the HTTP sources share (OTel semantic conventions, "HTTP server")."""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import Source, items, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_MAX_HEADERS = 256


class HttpSource(Source):
    """An event that stands for an HTTP request and whose result stands for its response.

    Attributes:
        infers_status: whether a result without a status is taken for the body of a 200.
    """

    __slots__ = ()

    trigger = "http"
    infers_status = False

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the request's headers."""
        return mapping(event.get("headers"))

    def response(self, result: Any) -> dict[str, Any]:
        """Return the status code, where the result tells one or one is inferred."""
        if self.infers_status and result is not None and "statusCode" not in mapping(result):
            return {"http.response.status_code": 200}
        status = mapping(result).get("statusCode")
        if isinstance(status, str) and status.isascii() and status.isdigit():
            status = int(status[:4])
        # Only what HTTP can send: three digits.
        is_status = isinstance(status, int) and 100 <= status <= 999
        return {"http.response.status_code": status} if is_status else {}


def pick(
    headers: Mapping[Any, Any], names: frozenset[str], lengths: frozenset[int]
) -> dict[str, str]:
    """Return the headers of these names (in lower case), in whatever case they came.

    ``lengths`` are the names': most headers are told apart by them, without a copy in lower case.
    """
    found: dict[str, str] = {}
    for key in islice(headers, _MAX_HEADERS):
        if isinstance(key, str) and len(key) in lengths and (name := key.lower()) in names:
            shown = first(headers[key])
            if shown is not None:
                found[name] = shown
    return found


def first(value: Any) -> str | None:
    """Return a header's value; of a list of them the first."""
    values = items(value)
    return text(values[0] if values else value)


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return a header of the event, its name (given in lower case) in whatever case it came."""
    headers = mapping(event.get("headers"))
    for key in islice(headers, _MAX_HEADERS):
        if isinstance(key, str) and len(key) == len(name) and key.lower() == name:
            return text(headers[key])
    return None
