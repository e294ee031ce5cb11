"""AWS Config, custom rules: a change of a resource, or a rule's schedule.

Shape: AWS Config Developer Guide, "Example AWS Lambda Functions and Events for AWS Config Rules";
the model: AWS Lambda Developer Guide, "Using AWS Lambda with other services". What happened is
JSON text inside the event. The verdict goes to Config by ``PutEvaluations``, not as a result.
"""

from __future__ import annotations

from sltrace.events._carriers import parse
from sltrace.events._source import ASYNCHRONOUS, Hop, Source, arn_part, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# Most resources take a few KB; a longer description is not parsed for its type and id.
_MAX_JSON = 64 * 1024


class ConfigRule(Source):
    """Something for a rule to evaluate."""

    __slots__ = ()

    name = "config"
    model = ASYNCHRONOUS
    upstream = "Config rule from `notificationCreationTime`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event has a rule of Config, and what invoked it."""
        texts = ("configRuleArn", "configRuleName", "invokingEvent", "resultToken")
        has_texts = all(isinstance(event.get(key), str) for key in texts)
        return has_texts and arn_part(event["configRuleArn"], 2) == "config"

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the rule, and the resource that it is to evaluate."""
        invoking = _invoking(event)
        item = _item(invoking)
        left = event.get("eventLeftScope")
        return known(
            {
                "sltrace.config.rule": text(event.get("configRuleName")),
                "sltrace.config.message_type": text(invoking.get("messageType")),
                "sltrace.config.resource_type": text(item.get("resourceType")),
                "sltrace.config.resource_id": text(item.get("resourceId")),
                "sltrace.config.left_scope": left if isinstance(left, bool) else None,
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return Config as a stage, from when it made the notification."""
        rule = text(event.get("configRuleName"))
        created = from_iso(_invoking(event).get("notificationCreationTime"))
        told = known({"sltrace.config.rule": rule})
        return (Hop(self.name, f"Config rule {rule or ''}".rstrip(), created, told),)


def _invoking(event: Any) -> Mapping[Any, Any]:
    invoking = event.get("invokingEvent")
    is_short = isinstance(invoking, str) and len(invoking) <= _MAX_JSON
    return mapping(parse(invoking)) if is_short else {}


def _item(invoking: Mapping[Any, Any]) -> Mapping[Any, Any]:
    """Return the resource: whole, or of one that is too large for an event the summary."""
    item = invoking.get("configurationItem", invoking.get("configurationItemSummary"))
    return mapping(item)


SOURCE = ConfigRule()
