"""A span's attributes sorted into ``http``, annotations and metadata."""

from __future__ import annotations

import math

from sltrace_xray.text import valid_key

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any, TypeAlias

    from sltrace._attributes import Value

    Message: TypeAlias = "dict[str, Any]"

# AWS X-Ray Developer Guide, "X-Ray segment documents": how many of a trace are indexed, and the
# longest text; the longest key is that of "Annotations and metadata".
MAX_ANNOTATIONS = 50
MAX_ANNOTATION_TEXT = 1000
MAX_ANNOTATION_KEY = 500
_INT64 = 1 << 63

# Attribute -> the part of `http`, the field in it, and that field's type. OTel, "HTTP spans", in
# today's names and those before 1.21.
_HTTP: dict[str, tuple[str, str, type]] = {
    "http.request.method": ("request", "method", str),
    "http.method": ("request", "method", str),
    "url.full": ("request", "url", str),
    "http.url": ("request", "url", str),
    "user_agent.original": ("request", "user_agent", str),
    "http.user_agent": ("request", "user_agent", str),
    "client.address": ("request", "client_ip", str),
    "http.client_ip": ("request", "client_ip", str),
    "http.response.status_code": ("response", "status", int),
    "http.status_code": ("response", "status", int),
    "http.response.body.size": ("response", "content_length", int),
    "http.response_content_length": ("response", "content_length", int),
}
_OWN = ("faas.", "sltrace.")


class Sorter:
    """Where one span's attributes go.

    Attributes:
        placed: attributes that have a field already; to be set before ``sort``.
        http: the parts ``request`` and ``response``, those that have a field.
        default: metadata of the application's.
        own: metadata of sltrace's.
    """

    __slots__ = ("_annotations", "_indexed", "_keys", "_trace_id", "_unindexed", "default", "http",
                 "own", "placed")  # fmt: skip

    def __init__(self, keys: Collection[str], indexed: dict[int, int], trace_id: int) -> None:
        self._keys = keys
        self._indexed = indexed
        self._trace_id = trace_id
        self._unindexed = 0
        self._annotations: Message = {}
        self.placed: Collection[str] = ()
        self.http: dict[str, Message] = {}
        self.default: Message = {}
        self.own: Message = {}

    def sort(self, attributes: Mapping[str, Value]) -> None:
        """Give each attribute its place."""
        for key, value in attributes.items():
            is_placed = key in self.placed or (key in _HTTP and self._put_http(key, value))
            if key in self._keys:
                is_placed = self._annotate(key, value) or is_placed
            if not is_placed:
                metadata = self.own if key.startswith(_OWN) else self.default
                metadata[key] = value

    def fill(self, fields: Message) -> None:
        """Add annotations and metadata to the fields, where there are any."""
        if self._annotations:
            fields["annotations"] = self._annotations
        if self._unindexed:
            self.own["annotations_not_indexed"] = self._unindexed
        if self.default or self.own:
            spaces = (("default", self.default), ("sltrace", self.own))
            fields["metadata"] = {space: told for space, told in spaces if told}

    def _put_http(self, key: str, value: Value) -> bool:
        part, field, kind = _HTTP[key]
        if type(value) is not kind or field in self.http.get(part, ()):
            return False
        self.http.setdefault(part, {})[field] = value
        return True

    def _annotate(self, key: str, value: Value) -> bool:
        name = valid_key(key)
        count = self._indexed.get(self._trace_id, 0)
        is_free = len(name) <= MAX_ANNOTATION_KEY and name not in self._annotations
        if not (is_free and _can_be_indexed(value) and count < MAX_ANNOTATIONS):
            self._unindexed += 1
            return False
        self._indexed[self._trace_id] = count + 1
        self._annotations[name] = value
        return True


def _can_be_indexed(value: Value) -> bool:
    if isinstance(value, str):
        return len(value) <= MAX_ANNOTATION_TEXT
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    return isinstance(value, float) and math.isfinite(value)
