"""AWS calls made through botocore: a CLIENT span for each, and its X-Ray header on the request.

OTel semantic conventions, "AWS SDK". What is known of a service beyond that stands in a module of
its own, imported when that service is first called. Such a module has two functions, each
returning attributes: ``request_attributes(operation, params)`` and
``response_attributes(response)``.
"""

from __future__ import annotations

import functools
import re
from importlib import import_module

from sltrace import _sandbox, _settings
from sltrace._context import start_span
from sltrace._guard import guard
from sltrace._headers import XRAY, read_xray, write_xray
from sltrace._model import SpanKind, StatusCode
from sltrace._span import CURRENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from sltrace._span import Span

# By the name that `boto3.client` takes.
_SERVICES = {"dynamodb": "sltrace.patches.dynamodb"}

# Codes that mean "too many requests for now": those that the SDKs' standard retry mode calls
# throttling (AWS SDKs and Tools Reference Guide, "Retry behavior"), without three of its codes:
# LimitExceededException is a quota in most services, TransactionInProgressException a repeated
# client token, PriorRequestNotComplete one change waiting for another. None is about the rate.
_THROTTLES = frozenset(
    (
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    )
)
_TOO_MANY_REQUESTS = 429

# Scheme, host and port; a user name, a path and a query are not for telemetry.
_ENDPOINT = re.compile(r"(https?)://(?:[^@/?#]*@)?(\[[^]]+\]|[^:/?#]+)(?::([0-9]+))?")
_PORTS = {"http": 80, "https": 443}


def patch() -> None:
    """Record the AWS calls of every botocore client, those made already included."""
    client = import_module("botocore.client").BaseClient
    _replace(client, "_make_api_call", _trace_call)
    _replace(client, "_make_request", _trace_request)


def _replace(owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
    func = getattr(owner, name)
    # The mark is also seen through wrappers that other tools have put around ours.
    if not getattr(func, "__sltrace_patch__", False):
        wrapped = wrap(func)
        wrapped.__sltrace_patch__ = True
        setattr(owner, name, wrapped)


def _trace_call(call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_make_api_call``: one operation with all its retries."""

    @functools.wraps(call)
    def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        span = _begin(self, operation_name, api_params)
        if span is None:
            return call(self, operation_name, api_params)
        try:
            response = call(self, operation_name, api_params)
        except BaseException as error:
            _fail(span, self, error)
            raise
        _succeed(span, self, response)
        return response

    return _make_api_call


def _trace_request(call: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``_make_request``: what it is given is ready but for the signature."""

    @functools.wraps(call)
    def _make_request(
        self: Any, operation_model: Any, request_dict: Any, request_context: Any
    ) -> Any:
        span = CURRENT.get()
        if span is None:
            return call(self, operation_model, request_dict, request_context)
        with guard("add the X-Ray header to an AWS call"):
            _inject(span, request_dict["headers"])
        try:
            return call(self, operation_model, request_dict, request_context)
        except BaseException:
            with guard("count the retries of an AWS call"):
                _count_retries(span, request_context)
            raise

    return _make_request


def _begin(client: Any, operation: str, params: Any) -> Span | None:
    """Start the call's span and make it current; None where the call is not recorded.

    Outside any span that is every call but those of a Lambda sandbox's init: a trace that holds
    one AWS call and nothing of what it was made for serves nobody.
    """
    begun = None
    with guard("start the span of an AWS call"):
        if CURRENT.get() is None and not _sandbox.current().is_initialising():
            return None
        service = str(client.meta.service_model.service_id)
        span = start_span(f"{service}.{operation}", SpanKind.CLIENT)
        begun = span.__enter__()
        span.set_attributes(
            {"rpc.system": "aws-api", "rpc.service": service, "rpc.method": operation}
        )
        span.set_attributes(_client_attributes(client))
        span.set_attributes(_knowledge_of(client, "request_attributes", operation, params))
    return begun


def _succeed(span: Span, client: Any, response: Any) -> None:
    with guard("describe an AWS call's response"):
        _describe(span, client, response)
    _end(span)


def _fail(span: Span, client: Any, error: BaseException) -> None:
    span.fail(error)
    with guard("describe an AWS call's error"):
        span.set_attribute("error.type", type(error).__name__)
        # botocore's ClientError holds the parsed response; errors without one got no answer.
        response = getattr(error, "response", None)
        if isinstance(response, dict):
            _describe_error(span, response)
            _describe(span, client, response)
    _end(span)


def _end(span: Span) -> None:
    with guard("end the span of an AWS call"):
        span.leave()
        span.end()


def _describe_error(span: Span, response: dict[str, Any]) -> None:
    error = response.get("Error") or {}
    code = error.get("Code")
    if code:
        span.set_attribute("error.type", str(code))
        message = error.get("Message")
        span.set_status(StatusCode.ERROR, f"{code}: {message}" if message else str(code))
    status = (response.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    if code in _THROTTLES or status == _TOO_MANY_REQUESTS:
        span.set_attribute("sltrace.aws.throttled", True)


def _describe(span: Span, client: Any, response: Any) -> None:
    if isinstance(response, dict):
        span.set_attributes(_metadata_attributes(response.get("ResponseMetadata") or {}))
        span.set_attributes(_knowledge_of(client, "response_attributes", response))


def _knowledge_of(client: Any, what: str, *about: Any) -> dict[str, Any]:
    """Return what the service's own module makes of a request or a response."""
    module = _SERVICES.get(client.meta.service_model.service_name)
    if module is None:
        return {}
    attributes: dict[str, Any] = getattr(import_module(module), what)(*about)
    return attributes


def _client_attributes(client: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    if client.meta.region_name:
        attributes["cloud.region"] = client.meta.region_name
    endpoint = _ENDPOINT.match(client.meta.endpoint_url or "")
    if endpoint is not None:
        scheme, host, port = endpoint.groups()
        attributes["server.address"] = host.strip("[]")
        attributes["server.port"] = int(port) if port else _PORTS[scheme]
    return attributes


def _metadata_attributes(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a response's ``ResponseMetadata``, of those that are known."""
    headers = metadata.get("HTTPHeaders") or {}
    told = {
        "aws.request_id": metadata.get("RequestId"),
        "aws.extended_request_id": headers.get("x-amz-id-2"),
        "http.response.status_code": metadata.get("HTTPStatusCode"),
        "sltrace.aws.retries": metadata.get("RetryAttempts"),
    }
    # An id that is empty and retries that are none were not told.
    return {key: value for key, value in told.items() if value}


def _inject(span: Span, headers: Any) -> None:
    """Make the span the parent of what AWS does for the call.

    OTel asks for the X-Ray format here whatever the propagators, for AWS reads no other; only
    OTEL_PROPAGATORS=none turns it off. botocore's own header, made against endless recursion of
    functions, is replaced; its Lineage, which counts the recursion, stays. Spans of init have no
    header: which trace they belong to is known when the first invocation comes.
    """
    if span.trace.held or _settings.current().propagators == ("none",):
        return
    ours = write_xray(span)
    for name in [name for name in headers if name.lower() == XRAY.lower()]:
        for key, value in read_xray(headers.pop(name)).xray.items():
            ours += "" if key in span.trace.xray else f";{key}={value}"
    headers[XRAY] = ours


def _count_retries(span: Span, request_context: Mapping[str, Any]) -> None:
    """Record the retries of a call that has ended without a response to tell them.

    botocore counts its attempts in the request's context, for the header amz-sdk-request. The
    current span is an application's own where the call's could not be started.
    """
    attempts = (request_context.get("retries") or {}).get("attempt", 1)
    if attempts > 1 and "rpc.system" in span.attributes:
        span.set_attribute("sltrace.aws.retries", attempts - 1)
