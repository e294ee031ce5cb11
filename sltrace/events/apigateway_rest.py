"""Amazon API Gateway REST API, Lambda proxy integration.

Shape: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
"""

from __future__ import annotations

from sltrace.events._http import HttpSource, header
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ApiGatewayRest(HttpSource):
    """``POST /orders`` from a REST API."""

    __slots__ = ()

    name = "apigateway.rest"

    def recognise(self, event: Mapping[str, Any]) -> bool:
        """Return whether the event has a REST proxy request's keys, and no near relative's.

        An HTTP API's 1.0 payload has a ``version`` and no ``resourceId`` (the SAM CLI gives its
        REST events a version too), a request authorizer's event ``methodArn``, a load balancer's
        ``requestContext.elb``; a WebSocket's has no ``httpMethod``.
        """
        context = event["requestContext"]
        return (
            isinstance(context, dict)
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("resource"), str)
            and isinstance(event.get("path"), str)
            and ("version" not in event or _is_of_sam_cli(event, context))
            and "methodArn" not in event
            and "elb" not in context
        )

    def span_name(self, event: Any) -> str | None:
        """Return the method and the route."""
        return f"{text(event['httpMethod'])} {text(event['resource'])}"

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and API Gateway's own ids."""
        context = mapping(event["requestContext"])
        identity = mapping(context.get("identity"))
        host = text(context.get("domainName")) or header(event, "host")
        agent = text(identity.get("userAgent")) or header(event, "user-agent")
        return known(
            {
                "http.request.method": text(event["httpMethod"]),
                "http.route": text(event["resource"]),
                "url.path": text(event["path"]),
                "url.scheme": header(event, "x-forwarded-proto") or "https",
                "server.address": host,
                "client.address": text(identity.get("sourceIp")),
                "user_agent.original": agent,
                "sltrace.apigateway.api_id": text(context.get("apiId")),
                "sltrace.apigateway.stage": text(context.get("stage")),
                "sltrace.apigateway.request_id": text(context.get("requestId")),
            }
        )


def _is_of_sam_cli(event: Mapping[str, Any], context: Mapping[Any, Any]) -> bool:
    """Return whether a REST event has the version that `sam local start-api` gives it."""
    is_rest = isinstance(context.get("resourceId"), str) and context.get("stage") != "$default"
    return event["version"] == "1.0" and is_rest


SOURCE = ApiGatewayRest()
