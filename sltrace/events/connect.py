"""Amazon Connect, a flow that invokes a function.

Shape: Amazon Connect Administrator Guide, "Grant Amazon Connect access to your AWS Lambda
functions", "Configure your Lambda function to parse the event". The customer's endpoint, attributes
and parameters are not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, arn_name, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Connect(Source):
    """A contact, whose flow waits for the function."""

    __slots__ = ()

    name = "connect"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a flow's, with its contact."""
        is_contact = isinstance(_contact(event).get("ContactId"), str)
        return event.get("Name") == "ContactFlowEvent" and is_contact

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the contact's id, and how it came to the flow."""
        contact = _contact(event)
        return known(
            {
                "sltrace.connect.contact_id": text(contact.get("ContactId")),
                "sltrace.connect.channel": text(contact.get("Channel")),
                "sltrace.connect.initiation_method": text(contact.get("InitiationMethod")),
                "sltrace.connect.instance_id": arn_name(contact.get("InstanceARN")),
                "sltrace.connect.queue": text(mapping(contact.get("Queue")).get("Name")),
            }
        )


def _contact(event: Any) -> Mapping[Any, Any]:
    return mapping(mapping(event.get("Details")).get("ContactData"))


SOURCE = Connect()
