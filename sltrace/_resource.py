"""The resource: which service and function telemetry comes from (OTel semantic conventions)."""

from __future__ import annotations

import os

from sltrace import _settings
from sltrace._model import Resource, __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from sltrace._settings import Settings

_FROM_ENVIRONMENT = (
    ("cloud.region", "AWS_REGION"),
    ("faas.name", "AWS_LAMBDA_FUNCTION_NAME"),
    ("faas.version", "AWS_LAMBDA_FUNCTION_VERSION"),
    ("faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME"),
)


def current(service: str | None = None) -> Resource:
    """Return the resource for the settings in force, built once for each service's name."""
    global _built  # noqa: PLW0603 - the process has one set of resources at a time
    settings = _settings.current()
    if _built is None or _built[0] is not settings:
        _built = (settings, {})
    made = _built[1]
    if service not in made:
        made[service] = build(settings, os.environ, service)
    return made[service]


def build(settings: Settings, environ: Mapping[str, str], service: str | None = None) -> Resource:
    """Return the resource that the settings and the environment describe."""
    attributes: dict[str, str | int] = {
        "telemetry.sdk.name": "sltrace",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": __version__,
    }
    if "AWS_LAMBDA_FUNCTION_NAME" in environ:
        attributes["cloud.provider"] = "aws"
        attributes["cloud.platform"] = "aws_lambda"
        megabytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
        if megabytes.isdigit():
            attributes["faas.max_memory"] = int(megabytes) * 1024 * 1024
    for attribute, variable in _FROM_ENVIRONMENT:
        if environ.get(variable):
            attributes[attribute] = environ[variable]
    attributes.update(settings.resource)
    function = environ.get("AWS_LAMBDA_FUNCTION_NAME")
    attributes["service.name"] = service or settings.service or function or "unknown_service:python"
    return Resource(attributes)


_built: tuple[Settings, dict[str | None, Resource]] | None = None
