"""What Lambda's context object tells of the function, as span attributes.

OTel semantic conventions, "FaaS" and "AWS Lambda". A test may pass anything for a context, so
each part is read on its own and what is not there is left out.
"""

from __future__ import annotations

import os

from sltrace._guard import guard

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_ARN_PARTS = 7


def name_of(context: Any) -> str | None:
    """Return the function's name."""
    return _text(context, "function_name") or os.environ.get("AWS_LAMBDA_FUNCTION_NAME")


def w3c(context: Any) -> Mapping[Any, Any]:
    """Return the W3C fields of the invocation (awslambdaric 4.2 and later), else none."""
    fields = _call(context, "w3c")
    return fields if isinstance(fields, dict) else {}


def attributes(context: Any) -> dict[str, Any]:
    """Return the function's attributes, of those that are known."""
    told = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.region": os.environ.get("AWS_REGION"),
        "faas.name": name_of(context),
        "faas.version": _version(context),
        "faas.invocation_id": _text(context, "aws_request_id"),
        "faas.instance": _text(context, "log_stream_name")
        or os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME"),
        "faas.max_memory": _max_memory(context),
        "sltrace.remaining_time_ms": _remaining(context),
        "sltrace.tenant_id": _text(context, "tenant_id"),
        **_from_arn(_text(context, "invoked_function_arn"), _version(context)),
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


def _version(context: Any) -> str | None:
    return _text(context, "function_version") or os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")


def _max_memory(context: Any) -> int | None:
    """Return the memory limit in bytes; the context gives megabytes, as a str."""
    megabytes = _read(context, "memory_limit_in_mb")
    if isinstance(megabytes, str) and megabytes.isascii() and megabytes.isdigit():
        megabytes = int(megabytes)
    return megabytes * 1024 * 1024 if isinstance(megabytes, int) else None


def _remaining(context: Any) -> int | None:
    remaining = _call(context, "get_remaining_time_in_millis")
    return remaining if isinstance(remaining, int) else None


def _text(context: Any, name: str) -> str | None:
    value = _read(context, name)
    return value if isinstance(value, str) and value else None


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
