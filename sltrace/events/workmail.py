"""Amazon WorkMail, a mail flow rule that runs a function.

Shape: Amazon WorkMail Administrator Guide, "Configuring AWS Lambda for Amazon WorkMail", "Lambda
event data" and "Synchronous Run Lambda response schema". Addresses and subjects are not told.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import Source, items, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# WorkMail takes no more.
_MAX_ACTIONS = 10


class WorkMail(Source):
    """One mail. Whether the rule waits for the function is in its configuration only."""

    __slots__ = ()

    name = "workmail"
    answer = "the types of the actions"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a summary of a mail on its way."""
        texts = ("summaryVersion", "messageId", "invocationId")
        has_texts = all(isinstance(event.get(key), str) for key in texts)
        is_mail = event.get("flowDirection") in ("INBOUND", "OUTBOUND")
        return has_texts and is_mail and isinstance(event.get("envelope"), dict)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the mail's id and direction, and whether the summary was cut short."""
        truncated = event.get("truncated")
        return known(
            {
                "sltrace.workmail.message_id": text(event.get("messageId")),
                "sltrace.workmail.invocation_id": text(event.get("invocationId")),
                "sltrace.workmail.flow_direction": text(event.get("flowDirection")),
                "sltrace.workmail.truncated": truncated if isinstance(truncated, bool) else None,
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return what shall be done with the mail: ``("BOUNCE", "DEFAULT")``."""
        actions = islice(items(mapping(result).get("actions")), _MAX_ACTIONS)
        types = (text(mapping(mapping(each).get("action")).get("type")) for each in actions)
        told = tuple(filter(None, types))
        return {"sltrace.workmail.actions": told} if told else {}


SOURCE = WorkMail()
