"""Amazon CloudWatch, a custom widget of a dashboard.

Shape: Amazon CloudWatch User Guide, "Details about custom widgets in CloudWatch". A call that asks
for the widget's documentation has no context, and is `other`.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CloudWatchDashboard(Source):
    """A widget that somebody looks at."""

    __slots__ = ()

    name = "cloudwatch.dashboard"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a widget's."""
        widget = mapping(event.get("widgetContext"))
        return all(isinstance(widget.get(key), str) for key in ("dashboardName", "widgetId"))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the widget; not what was typed into its forms."""
        widget = mapping(event.get("widgetContext"))
        return known(
            {
                "sltrace.cloudwatch.dashboard": text(widget.get("dashboardName")),
                "sltrace.cloudwatch.widget_id": text(widget.get("widgetId")),
                "sltrace.cloudwatch.widget_title": text(widget.get("title")),
            }
        )


SOURCE = CloudWatchDashboard()
