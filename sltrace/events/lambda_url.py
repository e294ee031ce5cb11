"""AWS Lambda function URLs.

Shape: AWS Lambda Developer Guide, "Invoking Lambda function URLs", "Request and response
payloads": API Gateway's payload format 2.0, with one route and one stage, both ``$default``.
"""

from __future__ import annotations

from sltrace.events._http import HttpSource, header
from sltrace.events._source import SYNCHRONOUS, Hop, known, mapping, text
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_DOMAIN = ".lambda-url."
# Longer than any host's name.
_MAX_DOMAIN = 512


class LambdaUrl(HttpSource):
    """A request to a function's own URL. It has no route; the span keeps the function's name."""

    __slots__ = ()

    name = "lambda.url"
    model = SYNCHRONOUS
    carriers = ("headers",)
    upstream = "Function URL from `requestContext.timeEpoch`, waiting"
    answer = "the HTTP status; 200 for a result without one"
    infers_status = True

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a 2.0 request to the domain of a function URL.

        An HTTP API sends the same payload from another domain, its authorizers' has ``routeArn``.
        """
        context = mapping(event.get("requestContext"))
        domain = context.get("domainName")
        return (
            event.get("version") == "2.0"
            and event.get("routeKey") == "$default"
            and isinstance(mapping(context.get("http")).get("method"), str)
            and isinstance(domain, str)
            and _DOMAIN in domain[:_MAX_DOMAIN]
            and "routeArn" not in event
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, by OTel's HTTP conventions, and whether IAM had to allow it."""
        context = mapping(event["requestContext"])
        http = mapping(context["http"])
        signed = "iam" in mapping(context.get("authorizer"))
        return known(
            {
                "http.request.method": text(http["method"]),
                "url.path": _path(event),
                "url.scheme": header(event, "x-forwarded-proto") or "https",
                "server.address": text(context["domainName"]),
                "client.address": text(http.get("sourceIp")),
                "user_agent.original": text(http.get("userAgent")),
                "sltrace.lambda_url.auth_type": "AWS_IAM" if signed else "NONE",
                "sltrace.lambda_url.request_id": text(context.get("requestId")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the URL as a stage, which waits for the function."""
        context = mapping(event["requestContext"])
        name = f"Function URL {text(context['http']['method']) or ''}"
        address = text(context["domainName"])
        start = from_ms(context.get("timeEpoch"))
        return (Hop(self.name, name.rstrip(), start, {"server.address": address}, encloses=True),)


def _path(event: Mapping[Any, Any]) -> str | None:
    return text(event.get("rawPath")) or text(event["requestContext"]["http"].get("path"))


SOURCE = LambdaUrl()
