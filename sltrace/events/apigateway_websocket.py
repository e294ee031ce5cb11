"""Amazon API Gateway WebSocket API, Lambda proxy integration.

Shape: API Gateway Developer Guide, "Set up a WebSocket API integration request" and "API Gateway
WebSocket API mapping template reference". A message has no headers; the connection's own are in
the event of its ``$connect`` route.
"""

from __future__ import annotations

from sltrace.events._apigateway import ApiGateway, is_authorizers
from sltrace.events._source import known, mapping, text, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EVENTS = ("CONNECT", "MESSAGE", "DISCONNECT")


class ApiGatewayWebSocket(ApiGateway):
    """A connection that begins or ends, or a message of one, named by its route."""

    __slots__ = ()

    name = "apigateway.websocket"
    regional = True

    def recognise(self, event: Any) -> bool:
        """Return whether the event tells a connection and what happened to it.

        An authorizer's event tells the same, and has keys of its own and no body.
        """
        context = mapping(event.get("requestContext"))
        return (
            isinstance(context.get("connectionId"), str)
            and isinstance(context.get("routeKey"), str)
            and context.get("eventType") in _EVENTS
            and "isBase64Encoded" in event
            and "httpMethod" not in event
            and not is_authorizers(event)
        )

    def request(self, event: Any) -> dict[str, Any]:  # noqa: ARG002 - the event's is the handshake
        """Return nothing: a message has neither a method nor a path."""
        return {}

    def target(self, event: Any) -> str:
        """Return the route's key."""
        return text(event["requestContext"]["routeKey"]) or ""

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the API, the connection, and how a connection ended."""
        context = event["requestContext"]
        return {
            **super().attributes(event),
            "url.scheme": "wss",
            **known(
                {
                    "sltrace.apigateway.route": text(context["routeKey"]),
                    "sltrace.apigateway.event_type": context["eventType"],
                    "sltrace.apigateway.connection_id": text(context["connectionId"]),
                    "sltrace.apigateway.connection_age_ms": _age_ms(context),
                    "sltrace.apigateway.disconnect_code": whole(
                        context.get("disconnectStatusCode")
                    ),
                }
            ),
        }


def _age_ms(context: Any) -> int | None:
    """Return how long the connection had been open, by the gateway's own clock."""
    opened, now = whole(context.get("connectedAt")), whole(context.get("requestTimeEpoch"))
    return now - opened if opened and now and now >= opened else None


SOURCE = ApiGatewayWebSocket()
