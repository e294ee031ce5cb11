"""AWS CloudFormation, a custom resource's request.

Shape: AWS CloudFormation User Guide, "Custom resource request objects" and "response objects". The
response is for ``ResponseURL``, which is signed and not recorded; nor are the properties, which
hold whatever a template puts there.
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Source, arn_part, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REQUESTS = ("Create", "Update", "Delete")
_STATUSES = ("SUCCESS", "FAILED")


class CloudFormation(Source):
    """Create, update or delete a resource."""

    __slots__ = ()

    name = "cloudformation"
    model = ASYNCHRONOUS
    answer = "`Status`, where the handler returns the response object"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a request for a stack's resource."""
        texts = ("ResourceType", "LogicalResourceId", "RequestId")
        is_request = event.get("RequestType") in _REQUESTS
        is_of_stack = arn_part(event.get("StackId"), 2) == "cloudformation"
        return is_request and is_of_stack and all(isinstance(event.get(key), str) for key in texts)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what is asked for which resource of which stack."""
        return known(
            {
                "sltrace.cloudformation.request_type": text(event.get("RequestType")),
                "sltrace.cloudformation.stack_id": text(event.get("StackId")),
                "sltrace.cloudformation.resource": text(event.get("LogicalResourceId")),
                "sltrace.cloudformation.resource_type": text(event.get("ResourceType")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return the status, of a handler that returns what it sent to ``ResponseURL``."""
        status = mapping(result).get("Status")
        return {"sltrace.cloudformation.status": status} if status in _STATUSES else {}


SOURCE = CloudFormation()
