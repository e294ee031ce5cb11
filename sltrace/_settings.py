"""What the environment and ``sltrace.configure`` ask for.

The standard OpenTelemetry variables where one exists ("OpenTelemetry Environment Variable
Specification"), ``SLTRACE_*`` for the rest. A bad value warns once and takes the default.
"""

from __future__ import annotations

import os
import re

from sltrace._guard import warn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEFAULT_LIMIT = 128
_PROPAGATORS = ("tracecontext", "baggage", "xray", "xray-lambda", "none")
_ESCAPES = r"(?:%[0-9A-Fa-f]{2})+"


class Limits:
    """How much one span may hold; None is no limit.

    The first three are pairs: how many attributes, and how many characters in a string value.

    Attributes:
        span: OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT.
        event: OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT, OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.
        link: OTEL_LINK_ATTRIBUTE_COUNT_LIMIT, OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT.
        events: events on a span (OTEL_SPAN_EVENT_COUNT_LIMIT).
        links: links on a span (OTEL_SPAN_LINK_COUNT_LIMIT).
    """

    __slots__ = ("event", "events", "link", "links", "span")

    def __init__(self, environ: Mapping[str, str]) -> None:
        count = _limit(environ, "OTEL_ATTRIBUTE_COUNT_LIMIT", _DEFAULT_LIMIT)
        length = _limit(environ, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", None)
        self.span = (
            _limit(environ, "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", count),
            _limit(environ, "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", length),
        )
        self.event = (_limit(environ, "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", count), length)
        self.link = (_limit(environ, "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", count), length)
        self.events = _limit(environ, "OTEL_SPAN_EVENT_COUNT_LIMIT", _DEFAULT_LIMIT)
        self.links = _limit(environ, "OTEL_SPAN_LINK_COUNT_LIMIT", _DEFAULT_LIMIT)


class Settings:
    """One reading of the environment, overlaid with what ``configure`` was given.

    Attributes:
        disabled: record nothing (OTEL_SDK_DISABLED).
        service: the service's name, or None when neither is set (OTEL_SERVICE_NAME, then
            ``service.name`` in OTEL_RESOURCE_ATTRIBUTES).
        resource: attributes of the resource (OTEL_RESOURCE_ATTRIBUTES).
        exporters: names in the exporter table, in order (OTEL_TRACES_EXPORTER).
        propagators: the header formats read and sent (OTEL_PROPAGATORS), or None when unset.
        limits: see Limits.
        upstream_spans: whether spans are inferred for what an event came through
            (SLTRACE_UPSTREAM_SPANS).
    """

    __slots__ = (
        "disabled",
        "exporters",
        "limits",
        "propagators",
        "resource",
        "service",
        "upstream_spans",
    )

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        service: str | None = None,
        exporters: Iterable[str] | None = None,
        resource: Mapping[str, str] | None = None,
    ) -> None:
        self.disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
        self.resource = pairs(environ.get("OTEL_RESOURCE_ATTRIBUTES", ""), ",")
        self.resource.update(resource or {})
        named = environ.get("OTEL_SERVICE_NAME", "").strip() or self.resource.get("service.name")
        self.service = service or named
        self.exporters = _exporters(environ) if exporters is None else _listed(exporters)
        self.propagators = _propagators(environ)
        self.limits = Limits(environ)
        self.upstream_spans = _switch(environ, "SLTRACE_UPSTREAM_SPANS", default=True)


def current() -> Settings:
    """Return the settings in force, read once from the environment."""
    global _current  # noqa: PLW0603 - the process has one set of settings
    if _current is None:
        _current = Settings(os.environ)
    return _current


def configure(
    *,
    service: str | None = None,
    exporters: Iterable[str] | None = None,
    resource: Mapping[str, str] | None = None,
) -> None:
    """Read the environment again and overlay it with what is given here.

    Args:
        service: the service's name (otherwise OTEL_SERVICE_NAME, or the function's name).
        exporters: exporters by name, such as ``["xray", "local"]`` (otherwise
            OTEL_TRACES_EXPORTER, or what the environment suggests). Empty: none.
        resource: attributes added to the resource, such as ``{"deployment.environment": "dev"}``.
    """
    global _current  # noqa: PLW0603 - the process has one set of settings
    _current = Settings(os.environ, service=service, exporters=exporters, resource=resource)


_current: Settings | None = None


def pairs(text: str, separator: str) -> dict[str, str]:
    """Return the ``key=value`` members of a list; a malformed member loses that member only.

    Values are percent-decoded, as W3C Baggage and OTEL_RESOURCE_ATTRIBUTES both ask.
    """
    found = {}
    for member in text.split(separator):
        key, equals, value = member.partition("=")
        if equals and key.strip():
            found[unquote(key.strip())] = unquote(value.strip())
    return found


def unquote(text: str) -> str:
    """Return the text percent-decoded as UTF-8 (``urllib.parse`` is not on the cold path)."""
    return re.sub(_ESCAPES, _decode, text) if "%" in text else text


def _decode(match: re.Match[str]) -> str:
    return bytes.fromhex(match.group().replace("%", "")).decode("utf-8", "replace")


def _limit(environ: Mapping[str, str], name: str, default: int | None) -> int | None:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if text.isascii() and text.isdigit():
        return int(text)
    warn(f"{name}={text!r} is not a whole number of 0 or more: using {default or 'no limit'}")
    return default


def _switch(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = environ.get(name, "").strip().lower()
    if text not in ("", "true", "false"):
        warn(f"{name}={text!r} is neither true nor false: using {str(default).lower()}")
    return {"true": True, "false": False}.get(text, default)


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    return _names(names) if isinstance(names, str) else tuple(names)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in (part.strip().lower() for part in text.split(",")) if name)


def _propagators(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    names = _names(environ.get("OTEL_PROPAGATORS", ""))
    unknown = [name for name in names if name not in _PROPAGATORS]
    if unknown:
        known = ", ".join(_PROPAGATORS)
        warn(f"OTEL_PROPAGATORS: {', '.join(unknown)} left out; sltrace has {known}")
    kept = tuple(name for name in names if name in _PROPAGATORS)
    return kept or None


def _exporters(environ: Mapping[str, str]) -> tuple[str, ...]:
    return _names(environ.get("OTEL_TRACES_EXPORTER", "")) or default_exporters(environ)


def default_exporters(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the exporters the environment suggests: X-Ray's daemon, or outside Lambda a file."""
    if environ.get("AWS_XRAY_DAEMON_ADDRESS"):
        return ("xray",)
    return () if environ.get("AWS_LAMBDA_FUNCTION_NAME") else ("local",)
