"""AWS AppSync GraphQL, a function that resolves a field.

Shape: AWS AppSync GraphQL Developer Guide, "Direct Lambda resolvers", whose event is the whole
"Resolver context object"; and AWS Amplify's ``@function``, which sends ``typeName`` and
``fieldName`` in place of ``info``. What a resolver's own code sends instead is the application's.
"""

from __future__ import annotations

from sltrace.events._appsync import AppSyncSource, caller
from sltrace.events._source import known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# A field of any other type belongs to what another field returned.
_OPERATIONS = {"Query": "query", "Mutation": "mutation", "Subscription": "subscription"}


class AppSyncResolver(AppSyncSource):
    """``Query.getPost``."""

    __slots__ = ()

    name = "appsync.resolver"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is the context of a field."""
        return is_field(event)

    def span_name(self, event: Any) -> str | None:
        """Return the field, with its type."""
        return ".".join(_field(event))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the field and the request; of the query and its variables nothing."""
        return field_attributes(event)


def is_field(context: Mapping[Any, Any]) -> bool:
    """Return whether this is the resolver context of a field."""
    return (
        len(_field(context)) == 2
        and isinstance(context.get("arguments"), dict)
        and isinstance(mapping(context.get("request")).get("headers"), dict)
        and "identity" in context
        and "source" in context
    )


def field_attributes(context: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what a resolver context tells of its field and of the request."""
    parent, field = _field(context)
    attributes = {
        "graphql.operation.type": _OPERATIONS.get(parent),
        "sltrace.appsync.parent_type": parent,
        "sltrace.appsync.field": field,
    }
    return known({**attributes, **caller(context)})


def _field(context: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the parent type and the field; nothing where one of them is not told."""
    info = mapping(context.get("info"))
    parent, field = text(info.get("parentTypeName")), text(info.get("fieldName"))
    if "info" not in context:
        parent = text(context.get("typeName")) or text(context.get("parentTypeName"))
        field = text(context.get("fieldName"))
    return (parent, field) if parent and field else ()


SOURCE = AppSyncResolver()
