"""What Lambda's context object tells of the function, as span attributes.

OTel semantic conventions, "FaaS" and "AWS Lambda". A test may pass anything for a context, so
each part is read on its own and what is not there is left out.
"""

from __future__ import annotations

import functools
import os

from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from sltrace._attributes import Value

_ARN_PARTS = 7


# What stays the same from one invocation of a sandbox to the next.
_FIELDS = (
    "function_name",
    "function_version",
    "invoked_function_arn",
    "log_stream_name",
    "memory_limit_in_mb",
)


def name_of(context: Any) -> str | None:
    """Return the function's name."""
    return _text(_read(context, "function_name")) or os.environ.get("AWS_LAMBDA_FUNCTION_NAME")


def request_id(context: Any) -> str | None:
    """Return the invocation's request id."""
    return _text(_read(context, "aws_request_id"))


def w3c(context: Any) -> Mapping[Any, Any]:
    """Return the W3C fields of the invocation (awslambdaric 4.2 and later), else none."""
    fields = _call(context, "w3c")
    return fields if isinstance(fields, dict) else {}


def client_context(context: Any) -> dict[str, Any]:
    """Return the parts (custom, env, client) of the client context that a caller's SDK sent."""
    given = _read(context, "client_context")
    if given is None:
        return {}
    read = given.get if isinstance(given, dict) else functools.partial(_read, given)
    parts = {part: read(part) for part in ("custom", "env", "client")}
    return {part: value for part, value in parts.items() if value}


def attributes(context: Any) -> dict[str, Value]:
    """Return the attributes of the function and of this invocation, of those that are known."""
    told = dict(_of_function(tuple([_read(context, field) for field in _FIELDS])))
    of_invocation = {
        "faas.invocation_id": request_id(context),
        "sltrace.remaining_time_ms": _whole(_call(context, "get_remaining_time_in_millis")),
        "sltrace.tenant_id": _text(_read(context, "tenant_id")),
    }
    told.update({key: value for key, value in of_invocation.items() if value is not None})
    return told


def _of_function(fields: tuple[Any, ...]) -> dict[str, Value]:
    """Return the function's attributes, made anew only when a context tells of another."""
    global _made  # noqa: PLW0603 - a sandbox runs one function, seldom through two aliases
    if _made is None or _made[0] != fields:
        _made = (fields, _describe(*fields))
    return _made[1]


_made: tuple[tuple[Any, ...], dict[str, Value]] | None = None


def _describe(name: Any, version: Any, arn: Any, instance: Any, memory: Any) -> dict[str, Value]:
    environ = os.environ
    told_version = _text(version) or environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    told = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.region": environ.get("AWS_REGION"),
        "faas.name": _text(name) or environ.get("AWS_LAMBDA_FUNCTION_NAME"),
        "faas.version": told_version,
        "faas.instance": _text(instance) or environ.get("AWS_LAMBDA_LOG_STREAM_NAME"),
        "faas.max_memory": _max_memory(memory),
        **_from_arn(_text(arn), told_version),
    }
    return {key: value for key, value in told.items() if value is not None}


def _from_arn(arn: str | None, version: str | None) -> dict[str, str]:
    """Return what the invoked ARN tells (``arn:aws:lambda:REGION:ACCOUNT:function:NAME:ALIAS``).

    ``cloud.resource_id`` names the version, not the alias: OTel asks to resolve it, for one
    sandbox may be invoked through several.
    """
    parts = arn.split(":") if arn else []
    if arn is None or len(parts) < _ARN_PARTS or parts[2] != "lambda":
        return {}
    qualifier = parts[_ARN_PARTS] if len(parts) > _ARN_PARTS else ""
    resource = ":".join(parts[:_ARN_PARTS])
    found = {
        "aws.lambda.invoked_arn": arn,
        "cloud.region": parts[3],
        "cloud.account.id": parts[4],
        "cloud.resource_id": f"{resource}:{version}" if qualifier and version else resource,
    }
    if qualifier and qualifier != "$LATEST" and not qualifier.isdigit():
        found["sltrace.alias"] = qualifier
    return found


def _max_memory(megabytes: Any) -> int | None:
    """Return the memory limit in bytes; the context gives megabytes, as a str."""
    if isinstance(megabytes, str) and megabytes.isascii() and megabytes.isdigit():
        megabytes = int(megabytes[:9])
    whole = _whole(megabytes)
    return None if whole is None else whole * 1024 * 1024


def _whole(value: Any) -> int | None:
    return int(value) if isinstance(value, int) else None


def _text(value: Any) -> str | None:
    """Return a non-empty str as just that, whatever its class adds to it."""
    return str.__str__(value) if isinstance(value, str) and value else None


def _read(context: Any, name: str) -> Any:
    value = None
    with guard(f"read the context's {name}"):
        value = getattr(context, name, None)
    return value


def _call(context: Any, name: str) -> Any:
    method = _read(context, name)
    value = None
    with guard(f"call the context's {name}"):
        value = method() if callable(method) else None
    return value
