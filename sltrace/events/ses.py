"""Amazon SES, mail received.

Shape: Amazon SES Developer Guide, "Contents of notifications for Amazon SES email receiving" and
"Invoke Lambda function action". Senders, recipients, subjects and headers are not told.
"""

from __future__ import annotations

from sltrace.events._batch import first
from sltrace.events._source import ASYNCHRONOUS, Hop, Source, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_DISPOSITIONS = frozenset(("CONTINUE", "STOP_RULE", "STOP_RULE_SET"))


class Ses(Source):
    """One mail that a receipt rule gives to the function."""

    __slots__ = ()

    name = "ses"
    # By default: a rule can also wait for the function, and ``sltrace.ses.invocation_type`` says.
    model = ASYNCHRONOUS
    upstream = "SES from `mail.timestamp`, waiting where the rule waits (`RequestResponse`)"
    answer = "the disposition"

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is a mail with its receipt."""
        is_ses = first(event).get("eventSource") == "aws:ses"
        return is_ses and all(_part(event, name) for name in ("mail", "receipt"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the mail's id, what the rule does with it, and what SES thinks of it."""
        receipt = _part(event, "receipt")
        action = mapping(receipt.get("action"))
        verdicts = {
            f"sltrace.ses.verdict.{name}": text(
                mapping(receipt.get(f"{name}Verdict")).get("status")
            )
            for name in _VERDICTS
        }
        return known(
            {
                "sltrace.ses.message_id": text(_part(event, "mail").get("messageId")),
                "sltrace.ses.action": text(action.get("type")),
                "sltrace.ses.invocation_type": text(action.get("invocationType")),
                **verdicts,
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return SES as a stage, from when it received the mail."""
        receipt = _part(event, "receipt")
        received = from_iso(_part(event, "mail").get("timestamp"))
        waits = mapping(receipt.get("action")).get("invocationType") == "RequestResponse"
        moments = {"action triggered": from_iso(receipt.get("timestamp"))}
        told = self.attributes(event)
        return (Hop(self.name, "SES", received, told, encloses=waits, moments=moments),)

    def response(self, result: Any) -> dict[str, Any]:
        """Return whether the rule set goes on."""
        disposition = mapping(result).get("disposition")
        is_one = isinstance(disposition, str) and disposition in _DISPOSITIONS
        return {"sltrace.ses.disposition": disposition} if is_one else {}


def _part(event: Any, name: str) -> Mapping[Any, Any]:
    return mapping(mapping(first(event).get("ses")).get(name))


SOURCE = Ses()
