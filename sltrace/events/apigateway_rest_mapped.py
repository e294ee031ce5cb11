"""Amazon API Gateway REST API, the event of a Lambda integration that is no proxy.

Shape: API Gateway Developer Guide, "Mapping template transformations for REST APIs": the template
"Method request passthrough" that the console generates. It passes no time on, and what the
function returns is mapped to a response by the API.
"""

from __future__ import annotations

from sltrace.events._apigateway import principal, subject, variables
from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class ApiGatewayRestMapped(Source):
    """``POST /orders`` from a REST API, as a mapping template wrote it."""

    __slots__ = ()

    name = "apigateway.rest.mapped"
    trigger = "http"
    model = SYNCHRONOUS
    carriers = ("params.header",)

    def recognise(self, event: Any) -> bool:
        """Return whether the event has the template's members, which are no API's own names."""
        context = mapping(event.get("context"))
        return (
            "body-json" in event
            and isinstance(mapping(event.get("params")).get("header"), dict)
            and isinstance(context.get("http-method"), str)
            and isinstance(context.get("resource-path"), str)
            and isinstance(context.get("stage"), str)
        )

    def span_name(self, event: Any) -> str | None:
        """Return the method and the route."""
        context = event["context"]
        return f"{text(context['http-method'])} {text(context['resource-path'])}"

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and the API it came through."""
        context = event["context"]
        let_in = principal(context.get("authorizer-principal-id"))
        told = {
            "http.request.method": text(context["http-method"]),
            "http.route": text(context["resource-path"]),
            "client.address": text(context.get("source-ip")),
            "user_agent.original": text(context.get("user-agent")),
            "sltrace.apigateway.api_id": text(context.get("api-id")),
            "sltrace.apigateway.stage": text(context["stage"]),
            "sltrace.apigateway.request_id": text(context.get("request-id")),
            "sltrace.apigateway.stage_variables": variables(event.get("stage-variables")),
            "sltrace.apigateway.authorizer.principal": let_in,
        }
        return {**known(told), **subject(context.get("cognito-identity-id"))}

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the request's headers."""
        headers: Mapping[Any, Any] = event["params"]["header"]
        return headers


SOURCE = ApiGatewayRestMapped()
