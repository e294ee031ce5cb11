"""What the events of Amazon API Gateway share: the request, the API, and who was let in.

Shape: API Gateway Developer Guide, "Input format of a Lambda function for proxy integration",
"Create AWS Lambda proxy integrations for HTTP APIs" and "Variables for data transformations".
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._http import HttpSource, pick
from sltrace.events._source import SYNCHRONOUS, Hop, known, mapping, text, whole
from sltrace.events._times import from_ms

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

DEFAULT = "$default"
# The domains that API Gateway itself gives to APIs.
OWN_DOMAIN = ".execute-api."

# What an edge-optimized endpoint adds to each request, and what only a distribution of one's own
# does, as its origin request policy says. A policy may add the former as well.
_OF_EDGE = frozenset(("x-amz-cf-id", "cloudfront-forwarded-proto", "cloudfront-is-desktop-viewer"))
_OF_A_DISTRIBUTION = frozenset(("cloudfront-viewer-address", "cloudfront-viewer-http-version"))
_CLOUDFRONT = _OF_EDGE | _OF_A_DISTRIBUTION
_READ = _CLOUDFRONT | {"host", "user-agent", "via", "x-forwarded-proto"}
_LENGTHS = frozenset(map(len, _READ))

_MAX_VARIABLES = 16
_MAX_VARIABLE = 128
_MAX_VALUE = 64
_KEY = 16
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-$")
_SECRET = (
    *("auth", "cert", "cookie", "credential", "dsn", "jwt", "key", "pass", "private", "pwd"),
    *("salt", "secret", "session", "sign", "token"),
)


class ApiGateway(HttpSource):
    """A request to an API. The default methods read the format of REST APIs, which is "1.0" too.

    Attributes:
        regional: whether APIs of this kind have regional endpoints only.
        version: the payload format's version, "" where there is only one.
    """

    __slots__ = ()

    model: str | None = SYNCHRONOUS
    carriers: tuple[str, ...] = ("headers", "multiValueHeaders")
    upstream = "API Gateway from `requestContext.requestTimeEpoch`, waiting"
    answer = "the HTTP status"
    regional = False
    version = ""

    def request(self, event: Any) -> dict[str, Any]:
        """Return the method, the route and the path, by OTel's HTTP conventions."""
        return known(
            {
                "http.request.method": text(event.get("httpMethod")),
                "http.route": route(event.get("resource")),
                "url.path": text(event.get("path")),
            }
        )

    def target(self, event: Any) -> str:
        """Return what was called, as ``POST /orders``; of a route for all paths the method only."""
        asked = self.request(event)
        return " ".join(asked[key] for key in ("http.request.method", "http.route") if key in asked)

    def span_name(self, event: Any) -> str | None:
        """Return the method and the route (OTel, "AWS Lambda", "API Gateway")."""
        return self.target(event) or None

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the request's headers."""
        return mapping(event.get("headers")) or mapping(event.get("multiValueHeaders"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the request, the API it came through, and who was let in."""
        context = mapping(event.get("requestContext"))
        caller = mapping(context.get("http")) or mapping(context.get("identity"))
        headers = pick(self.carrier(event), _READ, _LENGTHS)
        told = {
            "url.scheme": headers.get("x-forwarded-proto") or "https",
            "server.address": text(context.get("domainName")) or headers.get("host"),
            "client.address": text(caller.get("sourceIp")),
            "user_agent.original": text(caller.get("userAgent")) or headers.get("user-agent"),
            "sltrace.apigateway.payload_version": self.version or None,
            "sltrace.apigateway.endpoint": _endpoint(context, headers, regional=self.regional),
            "sltrace.apigateway.request_id": text(context.get("requestId")),
            # The canary's is another than the stage's own, also where nothing else tells it.
            "sltrace.apigateway.deployment_id": text(context.get("deploymentId")),
            "sltrace.apigateway.canary": _truth(context.get("isCanaryRequest")),
            "sltrace.apigateway.stage_variables": variables(event.get("stageVariables")),
        }
        return {**self.request(event), **_api(context), **known(told), **_let_in(context)}

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the gateway as a stage, which waits for the function."""
        context = mapping(event.get("requestContext"))
        start = from_ms(context.get("requestTimeEpoch", context.get("timeEpoch")))
        if start is None:
            return ()
        name = f"API Gateway {self.target(event)}".rstrip()
        told = {**self.request(event), **_api(context)}
        return (Hop(self.name, name, start, told, encloses=True),)


def request_2(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the method, the route and the path of a request in the payload format 2.0."""
    http = mapping(mapping(event.get("requestContext")).get("http"))
    key = text(event.get("routeKey")) or ""
    return known(
        {
            "http.request.method": text(http.get("method")),
            "http.route": route(key.partition(" ")[2]),
            "url.path": text(event.get("rawPath")) or text(http.get("path")),
        }
    )


def is_of_http_api(context: Mapping[Any, Any]) -> bool:
    """Return whether a context of the format 1.0 is an HTTP API's, by what no REST API can have.

    Its stage may be called ``$default``, and where a resource has an id it has ``POST /orders``.
    """
    resource = context.get("resourceId")
    has_route = isinstance(resource, str) and (" /" in resource[:16] or resource == DEFAULT)
    return has_route or context.get("stage") == DEFAULT


def is_authorizers(event: Mapping[str, Any]) -> bool:
    """Return whether an event has one of the keys that only authorizers' events have."""
    return (
        "type" in event or "methodArn" in event or "routeArn" in event or "identitySource" in event
    )


def route(path: Any) -> str | None:
    """Return a route, which is a path; ``$default`` and the like are none."""
    return text(path) if isinstance(path, str) and path.startswith("/") else None


def variables(stage: Any) -> tuple[str, ...] | None:
    """Return stage variables as ``name=value``, sorted; what looks like a secret as ``***``."""
    found = [
        f"{name[:_MAX_VARIABLE]}={_shown(name, value)}"
        for name, value in islice(mapping(stage).items(), _MAX_VARIABLES)
        if isinstance(name, str) and isinstance(value, str)
    ]
    return tuple(sorted(found)) or None


def principal(value: Any) -> str | None:
    """Return the hash of whom an authorizer let in.

    It is whatever the authorizer calls its caller: a user's name, and often enough the token.
    """
    return _hashed(value) if isinstance(value, str) and value else None


def subject(value: Any) -> dict[str, Any]:
    """Return the hash of a user's id, where there is one."""
    return {"user.hash": _hashed(value)} if isinstance(value, str) and value else {}


def _shown(name: str, value: str) -> str:
    """Return a value that is a plain word and has a plain name: an alias, a host, a number.

    A connection string has a password in it, and an address may be a secret as a whole.
    """
    is_plain = len(value) <= _MAX_VALUE and _PLAIN.issuperset(value)
    is_plain = is_plain and not any(map(_is_key, value.split(".")))
    lower = name[:_MAX_VARIABLE].lower()
    return value if is_plain and not any(word in lower for word in _SECRET) else "***"


def _is_key(part: str) -> bool:
    """Return whether a part of a value may be a key: long, with digits in it."""
    return len(part) >= _KEY and any(map(str.isdigit, part))


def _hashed(user: str) -> str | None:
    from sltrace.events._identity import user_hash  # noqa: PLC0415 - for requests with a user

    return user_hash(user)


def _api(context: Mapping[Any, Any]) -> dict[str, Any]:
    return known(
        {
            "sltrace.apigateway.api_id": text(context.get("apiId")),
            "sltrace.apigateway.stage": text(context.get("stage")),
        }
    )


def _endpoint(
    context: Mapping[Any, Any], headers: Mapping[str, str], *, regional: bool
) -> str | None:
    """Return the type of the API's endpoint, None where it cannot be told.

    A distribution of one's own leaves the traces of an edge-optimized endpoint, some of them or
    all: between the two it is told only where the headers are those of the endpoint exactly.
    """
    domain = text(context.get("domainName")) or ""
    vpc_endpoint = text(mapping(context.get("identity")).get("vpceId")) or ""
    prefix, is_own, _ = domain.partition(OWN_DOMAIN)
    if vpc_endpoint.startswith("vpce-") or (is_own and "vpce-" in prefix):
        return "private"
    # The console's tests and emulators have names that no request could be sent to.
    is_deployed = (
        "." in domain and ":" not in domain and context.get("stage") != "test-invoke-stage"
    )
    if regional:
        return "regional" if is_deployed else None
    via = headers.get("via", "").lower().count("cloudfront.net")
    passed = _CLOUDFRONT.intersection(headers)
    if not passed and not via:
        return "regional" if is_deployed and "host" in headers else None
    return "edge" if passed == _OF_EDGE and via <= 1 else None


def _let_in(context: Mapping[Any, Any]) -> dict[str, Any]:
    """Return whom the API's authorizer let in and how long it took, and the user's hash."""
    identity = mapping(context.get("identity")).get("cognitoIdentityId")
    authorizer = mapping(context.get("authorizer"))
    if not authorizer:
        return subject(identity)
    claims = authorizer.get("claims") or mapping(authorizer.get("jwt")).get("claims")
    signed = mapping(mapping(authorizer.get("iam")).get("cognitoIdentity")).get("identityId")
    told = {
        "sltrace.apigateway.authorizer.principal": principal(authorizer.get("principalId")),
        "sltrace.apigateway.authorizer.latency_ms": whole(authorizer.get("integrationLatency")),
    }
    return {**known(told), **subject(mapping(claims).get("sub") or identity or signed)}


def _truth(value: Any) -> bool | None:
    """Return a bool, or what its name in a mapping template says."""
    told = {"true": True, "false": False}.get(value) if isinstance(value, str) else value
    return told if isinstance(told, bool) else None
