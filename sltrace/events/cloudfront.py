"""Lambda@Edge, functions that Amazon CloudFront invokes.

Shape: Amazon CloudFront Developer Guide, "Lambda@Edge event structure". The event has no time.
"""

from __future__ import annotations

from sltrace._headers import TRACE_HEADERS
from sltrace.events._batch import first
from sltrace.events._http import HttpSource
from sltrace.events._source import SYNCHRONOUS, items, known, mapping, text, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class CloudFront(HttpSource):
    """A request or a response at one of a distribution's four points."""

    __slots__ = ()

    name = "cloudfront"
    model = SYNCHRONOUS
    carriers = ("headers",)
    answer = "the HTTP status of a response; a request that goes on has none"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a distribution, and a request or a response of it."""
        cf = mapping(first(event).get("cf"))
        return isinstance(mapping(cf.get("config")).get("distributionId"), str) and (
            isinstance(cf.get("request"), dict) or isinstance(cf.get("response"), dict)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and where CloudFront has it."""
        cf = mapping(first(event).get("cf"))
        config, request = mapping(cf.get("config")), mapping(cf.get("request"))
        return known(
            {
                "http.request.method": text(request.get("method")),
                "url.path": text(request.get("uri")),
                "server.address": _header(request, "host"),
                "client.address": text(request.get("clientIp")),
                "user_agent.original": _header(request, "user-agent"),
                "sltrace.cloudfront.distribution_id": text(config.get("distributionId")),
                "sltrace.cloudfront.event_type": text(config.get("eventType")),
                "sltrace.cloudfront.request_id": text(config.get("requestId")),
                "sltrace.cloudfront.response_status": _status(mapping(cf.get("response"))),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the trace headers of the request, whose names CloudFront has in lower case."""
        request = mapping(mapping(first(event).get("cf")).get("request"))
        return known({name: _header(request, name) for name in TRACE_HEADERS})

    def response(self, result: Any) -> dict[str, Any]:
        """Return the status code of a response; a request, which has none, goes on its way."""
        return known({"http.response.status_code": _status(mapping(result))})


def _header(request: Mapping[Any, Any], name: str) -> str | None:
    """Return the value of ``{"host": [{"key": "Host", "value": "example.com"}]}``."""
    values = items(mapping(request.get("headers")).get(name))
    return text(mapping(values[0]).get("value")) if values else None


def _status(response: Mapping[Any, Any]) -> int | None:
    status = whole(response.get("status"))
    return status if status is not None and 100 <= status <= 599 else None


SOURCE = CloudFront()
