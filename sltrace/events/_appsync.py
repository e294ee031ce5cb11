"""What the sources of AWS AppSync share: who asked, and by which request."""

from __future__ import annotations

from sltrace.events._forwarded import request_attributes
from sltrace.events._identity import user_hash
from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class AppSyncSource(Source):
    """An event with AppSync's context: ``identity``, and the headers of the request."""

    __slots__ = ()

    trigger = "http"
    model = SYNCHRONOUS
    carriers: tuple[str, ...] = ("request.headers",)

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers of the request to the API."""
        return mapping(mapping(event.get("request")).get("headers"))


def caller(event: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what is told of the request, and of a user no more than that it is the same."""
    identity = mapping(event.get("identity"))
    headers = mapping(mapping(event.get("request")).get("headers"))
    subject = user_hash(text(identity.get("sub")))
    return known({**request_attributes(headers), "user.hash": subject})
