"""AWS AppSync GraphQL, a function that resolves one field of many objects at once.

Shape: AWS AppSync GraphQL Developer Guide, "Direct Lambda resolvers", "Using batching": a list of
resolver contexts, all of one request.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._appsync import AppSyncSource
from sltrace.events._source import items, mapping
from sltrace.events.appsync_resolver import SOURCE as RESOLVER
from sltrace.events.appsync_resolver import field_attributes, is_field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The most that a resolver's `maxBatchSize` can be.
_MAX_BATCH = 2000


class AppSyncBatch(AppSyncSource):
    """``Post.relatedPosts`` of several posts. They are one request, so that nothing is linked."""

    __slots__ = ()

    name = "appsync.batch"
    answer = "failed fields"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a list that begins and ends with the context of a field."""
        contexts = items(event)
        ends = (contexts[0], contexts[-1]) if contexts else ()
        return bool(ends) and all(isinstance(end, dict) and is_field(end) for end in ends)

    def span_name(self, event: Any) -> str | None:
        """Return the field, with its type."""
        return RESOLVER.span_name(event[0])

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the field, the request, and of how many objects it is asked."""
        return {**field_attributes(event[0]), "sltrace.appsync.batch_size": len(event)}

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers of the request to the API."""
        return super().carrier(event[0])

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many results have an ``errorMessage``, as AppSync reads them."""
        if not isinstance(result, list):
            return {}
        failed = (bool(mapping(each).get("errorMessage")) for each in islice(result, _MAX_BATCH))
        return {"sltrace.batch.failures": sum(failed)}


SOURCE = AppSyncBatch()
