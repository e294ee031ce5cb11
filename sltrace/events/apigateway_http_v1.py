"""Amazon API Gateway HTTP API, payload format 1.0.

Shape: API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs", "Payload
format version".
"""

from __future__ import annotations

from sltrace.events._apigateway import ApiGateway, is_authorizers, is_of_http_api

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ApiGatewayHttpV1(ApiGateway):
    """``POST /orders`` from an HTTP API, in the format of REST APIs."""

    __slots__ = ()

    name = "apigateway.http"
    regional = True
    version = "1.0"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a 1.0 request's keys, and a stage or route of HTTP APIs.

        The SAM CLI gives its REST events the version too. An authorizer's event has keys of its
        own.
        """
        context = event.get("requestContext")
        return (
            event.get("version") == "1.0"
            and isinstance(context, dict)
            and isinstance(event.get("httpMethod"), str)
            and isinstance(event.get("resource"), str)
            and isinstance(event.get("path"), str)
            and not is_authorizers(event)
            and is_of_http_api(context)
        )


SOURCE = ApiGatewayHttpV1()
