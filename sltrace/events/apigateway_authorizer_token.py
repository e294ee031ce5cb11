"""Amazon API Gateway, a token authorizer of a REST API.

Shape: API Gateway Developer Guide, "Input to an API Gateway Lambda authorizer". The token is
recorded nowhere. The event has neither the request's headers nor its time.
"""

from __future__ import annotations

from sltrace.events._apigateway import route
from sltrace.events._authorizer import Authorizer, is_asked
from sltrace.events._source import arn_part, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace.events._source import Hop


class ApiGatewayAuthorizerToken(Authorizer):
    """A token, and the method that it is to open."""

    __slots__ = ()

    name = "apigateway.authorizer.token"
    carriers = ()
    upstream = ""

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a token and the method's ARN, and nothing of a request."""
        return (
            is_asked(event, "TOKEN", "methodArn")
            and isinstance(event.get("authorizationToken"), str)
            and "requestContext" not in event
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what the ARN tells: ``arn:...:API/STAGE/METHOD/PATH``."""
        parts = (arn_part(event["methodArn"], 5) or "").split("/", 3)
        api, stage, method, path = (*parts, "", "", "")[:4]
        return known(
            {
                "http.request.method": text(method),
                "url.path": route(f"/{path}") if len(parts) > 2 else None,
                "sltrace.apigateway.api_id": text(api),
                "sltrace.apigateway.stage": text(stage),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:  # noqa: ARG002 - there is none in it
        """Return no header."""
        return {}

    def hops(self, event: Any) -> Sequence[Hop]:  # noqa: ARG002 - it has no time
        """Return no stage."""
        return ()


SOURCE = ApiGatewayAuthorizerToken()
