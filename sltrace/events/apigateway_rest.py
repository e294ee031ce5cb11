"""Amazon API Gateway REST API, Lambda proxy integration.

Shape: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration".
"""

from __future__ import annotations

from sltrace.events._apigateway import ApiGateway, is_authorizers, is_of_http_api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What `sam local start-api` has for every resource.
_SAM_RESOURCE = "123456"


class ApiGatewayRest(ApiGateway):
    """``POST /orders`` from a REST API."""

    __slots__ = ()

    name = "apigateway.rest"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a REST proxy request's keys, and no near relative's.

        An HTTP API's 1.0 payload has a ``version`` and a route for an id, an authorizer's event
        ``type`` and ``methodArn`` and no body, a load balancer's ``requestContext.elb``; a
        WebSocket's has no ``httpMethod``. Only with a resource's id is it the whole event, so
        that what it lacks tells something.
        """
        context = event.get("requestContext")
        return (
            isinstance(context, dict)
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("resource"), str)
            and isinstance(event.get("path"), str)
            and not is_authorizers(event)
            and ("resourceId" not in context or "isBase64Encoded" in event or "body" in event)
            and "elb" not in context
            and "connectionId" not in context
            and not is_of_http_api(context)
            and ("version" not in event or _is_of_sam_cli(event, context))
        )


def _is_of_sam_cli(event: Mapping[str, Any], context: Mapping[Any, Any]) -> bool:
    """Return whether a REST event has the version that `sam local start-api` gives it."""
    return event["version"] == "1.0" and context.get("resourceId") == _SAM_RESOURCE


SOURCE = ApiGatewayRest()
