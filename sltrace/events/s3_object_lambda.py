"""Amazon S3 Object Lambda, a request for an object or a list that the function answers.

Shape: Amazon S3 User Guide, "Event context format and usage". The URL to read the original from,
the token to answer with and the caller's identity are nobody's to record.
"""

from __future__ import annotations

from sltrace.events._http import HttpSource
from sltrace.events._source import SYNCHRONOUS, arn_name, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The request, by the member that tells how to answer it.
_OPERATIONS = {
    "getObjectContext": "GetObject",
    "headObjectContext": "HeadObject",
    "listObjectsContext": "ListObjects",
    "listObjectsV2Context": "ListObjectsV2",
}


class S3ObjectLambda(HttpSource):
    """``GetObject``, ``HeadObject`` or a list, through an access point."""

    __slots__ = ()

    name = "s3.object_lambda"
    trigger = "datasource"
    model = SYNCHRONOUS
    carriers = ("request headers",)
    # An object itself is written with WriteGetObjectResponse, which no result tells of.
    answer = "HTTP status, where the result has one"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a request through an access point."""
        arn = mapping(event.get("configuration")).get("accessPointArn")
        is_request = isinstance(arn, str) and isinstance(event.get("userRequest"), dict)
        return is_request and isinstance(event.get(_context(event)), dict)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what is asked for; of the URL only the key, for the rest may be signed."""
        arn = mapping(event.get("configuration")).get("accessPointArn")
        operation = _OPERATIONS.get(_context(event))
        return known(
            {
                "aws.s3.key": _key(mapping(event.get("userRequest")).get("url")),
                "sltrace.s3_object_lambda.operation": operation,
                "sltrace.s3_object_lambda.access_point": arn_name(arn),
                "sltrace.s3_object_lambda.request_id": text(event.get("xAmzRequestId")),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers of the original request."""
        return mapping(mapping(event.get("userRequest")).get("headers"))


def _context(event: Mapping[str, Any]) -> str:
    return next((name for name in _OPERATIONS if name in event), "")


def _key(url: Any) -> str | None:
    """Return the key in ``https://HOST/KEY?QUERY`` or ``/KEY?QUERY``."""
    address = (text(url) or "").partition("?")[0]
    key = (address if address.startswith("/") else address.partition("://")[2]).partition("/")[2]
    if "%" in key:
        from urllib.parse import unquote

        key = unquote(key)
    return text(key)


SOURCE = S3ObjectLambda()
