"""Amazon API Gateway, a request authorizer of a REST or a WebSocket API.

Shape: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer" and "Control access
to WebSocket APIs with AWS Lambda REQUEST authorizers".
"""

from __future__ import annotations

from sltrace.events._apigateway import is_of_http_api
from sltrace.events._authorizer import Authorizer, is_asked
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ApiGatewayAuthorizerRequest(Authorizer):
    """A request, and the method or the route that it is to open."""

    __slots__ = ()

    name = "apigateway.authorizer.request"

    def recognise(self, event: Any) -> bool:
        """Return whether the event asks for a request to a REST or a WebSocket API.

        An HTTP API's names the sources of the caller's identity, and has a stage or a route that
        no REST API can have.
        """
        context = mapping(event.get("requestContext"))
        is_rest = isinstance(event.get("httpMethod"), str) and isinstance(event.get("path"), str)
        return (
            is_asked(event, "REQUEST", "methodArn")
            and (is_rest or isinstance(context.get("connectionId"), str))
            and "identitySource" not in event
            and "authorizationToken" not in event
            and not is_of_http_api(context)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the API and the request; of a WebSocket's its connection."""
        context = mapping(event.get("requestContext"))
        if "connectionId" not in context:
            return super().attributes(event)
        told = {
            "sltrace.apigateway.route": text(context.get("routeKey")),
            "sltrace.apigateway.event_type": text(context.get("eventType")),
            "sltrace.apigateway.connection_id": text(context.get("connectionId")),
        }
        return {**super().attributes(event), "url.scheme": "wss", **known(told)}

    def target(self, event: Any) -> str:
        """Return the method and the route, of a connection the route's key."""
        key = mapping(event.get("requestContext")).get("routeKey")
        return super().target(event) or text(key) or ""


SOURCE = ApiGatewayAuthorizerRequest()
