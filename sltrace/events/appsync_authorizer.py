"""AWS AppSync, a function that authorizes requests to a GraphQL or an Event API.

Shape: AWS AppSync GraphQL Developer Guide, "Configuring authorization and authentication", "AWS
Lambda authorization"; AWS AppSync Events Developer Guide, the section of the same name.
"""

from __future__ import annotations

from sltrace.events._appsync import AppSyncSource
from sltrace.events._forwarded import request_attributes
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class AppSyncAuthorizer(AppSyncSource):
    """A token, and what it is to open. The token and the query are recorded nowhere."""

    __slots__ = ()

    name = "appsync.authorizer"
    carriers = ("requestHeaders",)
    answer = "the decision"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a token, for a query or for an Event API's operation.

        API Gateway's token authorizer has a token too, and a ``methodArn``.
        """
        context = mapping(event.get("requestContext"))
        asked = context.get("queryString", context.get("operation"))
        return (
            isinstance(event.get("authorizationToken"), str)
            and isinstance(context.get("apiId"), str)
            and isinstance(asked, str)
            and "methodArn" not in event
            and "routeArn" not in event
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the API and the operation's name."""
        context = mapping(event["requestContext"])
        return known(
            {
                "graphql.operation.name": text(context.get("operationName")),
                "sltrace.appsync.api_id": text(context.get("apiId")),
                "sltrace.appsync.request_id": text(context.get("requestId")),
                "sltrace.appsync.operation": text(context.get("operation")),
                "sltrace.appsync.channel": text(context.get("channel")),
                **request_attributes(self.carrier(event)),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers of the request to the API."""
        return mapping(event.get("requestHeaders"))

    def response(self, result: Any) -> dict[str, Any]:
        """Return the decision."""
        allowed = mapping(result).get("isAuthorized")
        if not isinstance(allowed, bool):
            return {}
        return {"sltrace.authorizer.decision": "allow" if allowed else "deny"}


SOURCE = AppSyncAuthorizer()
