"""Amazon API Gateway HTTP API, payload format 2.0.

Shape: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", "Payload
format version".
"""

from __future__ import annotations

from sltrace.events._apigateway import DEFAULT, OWN_DOMAIN, ApiGateway, is_authorizers, request_2
from sltrace.events._http import header
from sltrace.events._source import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_FUNCTION_URL = ".lambda-url."
# Longer than any host's name.
_MAX_DOMAIN = 512


class ApiGatewayHttp(ApiGateway):
    """``POST /orders`` from an HTTP API."""

    __slots__ = ()

    name = "apigateway.http"
    carriers = ("headers",)
    upstream = "API Gateway from `requestContext.timeEpoch`, waiting"
    regional = True
    version = "2.0"
    infers_status = True

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a 2.0 request's keys, and no near relative's.

        A function URL sends the same payload, always to the route ``$default``, from another
        domain; an authorizer's event has keys of its own.
        """
        context = event.get("requestContext")
        key = event.get("routeKey")
        return (
            event.get("version") == "2.0"
            and isinstance(key, str)
            and isinstance(context, dict)
            and isinstance(mapping(context.get("http")).get("method"), str)
            and context.get("routeKey", key) == key
            and not is_authorizers(event)
            and _FUNCTION_URL not in _domain(context)
            and (" /" in key if key != DEFAULT else _is_of_api(event, context))
        )

    def request(self, event: Any) -> dict[str, Any]:
        """Return the method, the route and the path, by OTel's HTTP conventions."""
        return request_2(event)


def _is_of_api(event: Mapping[str, Any], context: Mapping[Any, Any]) -> bool:
    """Return whether a request to ``$default`` came to an API and not to a function's URL."""
    host = (header(event, "host") or "").lower()
    is_host = "." in host or host.startswith("localhost")
    return _FUNCTION_URL not in host and (is_host or OWN_DOMAIN in _domain(context))


def _domain(context: Mapping[Any, Any]) -> str:
    domain = context.get("domainName")
    return domain[:_MAX_DOMAIN] if isinstance(domain, str) else ""


SOURCE = ApiGatewayHttp()
