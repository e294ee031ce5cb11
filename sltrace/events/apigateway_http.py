"""Amazon API Gateway HTTP API, payload format 2.0.

Shape: API Gateway Developer Guide, "AWS Lambda proxy integrations for HTTP APIs".
"""

from __future__ import annotations

from sltrace.events._http import HttpSource, header
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FUNCTION_URL = ".lambda-url."


class ApiGatewayHttp(HttpSource):
    """``POST /orders`` from an HTTP API."""

    __slots__ = ()

    name = "apigateway.http"

    def recognise(self, event: Mapping[str, Any]) -> bool:
        """Return whether the event has a 2.0 request's keys, and no near relative's.

        A function URL sends the same payload from another domain; an authorizer's event has
        ``routeArn``.
        """
        context = event["requestContext"]
        return (
            event.get("version") == "2.0"
            and isinstance(event.get("routeKey"), str)
            and isinstance(context, dict)
            and isinstance(context.get("http"), dict)
            and isinstance(context["http"].get("method"), str)
            and "routeArn" not in event
            and _FUNCTION_URL not in str(context.get("domainName"))[:512]
        )

    def span_name(self, event: Any) -> str | None:
        """Return the method and the route; for ``$default`` the method alone."""
        method = text(event["requestContext"]["http"]["method"])
        route = _route(event)
        return f"{method} {route}" if route else method

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and API Gateway's own ids."""
        context = mapping(event["requestContext"])
        http = mapping(context["http"])
        return known(
            {
                "http.request.method": text(http.get("method")),
                "http.route": _route(event),
                "url.path": text(event.get("rawPath")) or text(http.get("path")),
                "url.scheme": header(event, "x-forwarded-proto") or "https",
                "server.address": text(context.get("domainName")) or header(event, "host"),
                "client.address": text(http.get("sourceIp")),
                "user_agent.original": text(http.get("userAgent")),
                "sltrace.apigateway.api_id": text(context.get("apiId")),
                "sltrace.apigateway.stage": text(context.get("stage")),
                "sltrace.apigateway.request_id": text(context.get("requestId")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return the status code; of a result without one, the 200 that API Gateway infers."""
        if result is not None and "statusCode" not in mapping(result):
            return {"http.response.status_code": 200}
        return super().response(result)


def _route(event: Mapping[str, Any]) -> str | None:
    """Return the path of ``routeKey``, which reads ``POST /orders`` or ``$default``."""
    _, _, path = event["routeKey"].partition(" ")
    return text(path)


SOURCE = ApiGatewayHttp()
