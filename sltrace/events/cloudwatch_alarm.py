"""Amazon CloudWatch, an alarm whose action is the function.

Shape: Amazon CloudWatch User Guide, "Invoke a Lambda function from an alarm".
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Hop, Source, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


class CloudWatchAlarm(Source):
    """An alarm that changed its state."""

    __slots__ = ()

    name = "cloudwatch.alarm"
    model = ASYNCHRONOUS
    upstream = "CloudWatch alarm from `time`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is an alarm's."""
        alarm = mapping(event.get("alarmData"))
        is_alarm = isinstance(alarm.get("alarmName"), str) and isinstance(alarm.get("state"), dict)
        is_sent = event.get("source") == "aws.cloudwatch" and isinstance(event.get("alarmArn"), str)
        return is_alarm and is_sent

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which alarm went from which state to which."""
        alarm = mapping(event.get("alarmData"))
        before = mapping(alarm.get("previousState"))
        return known(
            {
                "sltrace.cloudwatch.alarm": text(alarm.get("alarmName")),
                "sltrace.cloudwatch.alarm_arn": text(event.get("alarmArn")),
                "sltrace.cloudwatch.alarm_state": text(mapping(alarm.get("state")).get("value")),
                "sltrace.cloudwatch.alarm_previous_state": text(before.get("value")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the alarm as a stage."""
        alarm = text(mapping(event.get("alarmData")).get("alarmName"))
        name = f"CloudWatch alarm {alarm or ''}".rstrip()
        return (Hop(self.name, name, from_iso(event.get("time")), self.attributes(event)),)


SOURCE = CloudWatchAlarm()
