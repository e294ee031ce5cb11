"""Amazon API Gateway, a Lambda authorizer of an HTTP API, payload formats 1.0 and 2.0.

Shape: API Gateway Developer Guide, "Control access to HTTP APIs with AWS Lambda authorizers",
"Payload format version".
"""

from __future__ import annotations

from sltrace.events._apigateway import is_of_http_api, request_2
from sltrace.events._authorizer import Authorizer, is_asked
from sltrace.events._source import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ApiGatewayAuthorizerHttp(Authorizer):
    """A request, and the route that it is to open."""

    __slots__ = ()

    name = "apigateway.authorizer.http"
    upstream = "API Gateway from `requestContext.timeEpoch` or `requestTimeEpoch`, waiting"
    regional = True

    def recognise(self, event: Any) -> bool:
        """Return whether the event asks for a request to an HTTP API, in either format.

        A REST API's request authorizer is asked in the format 1.0 too, without the sources of the
        caller's identity; the SAM CLI gives both the version.
        """
        context = mapping(event.get("requestContext"))
        if event.get("version") == "2.0":
            method = mapping(context.get("http")).get("method")
            return is_asked(event, "REQUEST", "routeArn") and isinstance(method, str)
        return (
            event.get("version") == "1.0"
            and is_asked(event, "REQUEST", "methodArn")
            and isinstance(event.get("httpMethod"), str)
            and ("identitySource" in event or is_of_http_api(context))
        )

    def request(self, event: Any) -> dict[str, Any]:
        """Return the method, the route and the path, by OTel's HTTP conventions."""
        return request_2(event) if event["version"] == "2.0" else super().request(event)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, the API it came through, and the format."""
        version = {"sltrace.apigateway.payload_version": event["version"]}
        return {**super().attributes(event), **version}


SOURCE = ApiGatewayAuthorizerHttp()
