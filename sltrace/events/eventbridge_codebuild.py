"""AWS CodeBuild through Amazon EventBridge: a build began, ended, or came to its next phase.

Shape: AWS CodeBuild User Guide, "Build notifications input format reference". Who began the
build and its environment variables are not recorded.
"""

from __future__ import annotations

from sltrace.events._service_event import ServiceEvent
from sltrace.events._source import arn_name, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class EventBridgeCodeBuild(ServiceEvent):
    """A change of a build's state or phase."""

    __slots__ = ()

    name = "eventbridge.codebuild"
    service = "aws.codebuild"

    def details(self, detail: Mapping[Any, Any]) -> dict[str, Any]:
        """Return the build, its status, and the phase: the one that ended, or that it is in."""
        completed = text(detail.get("completed-phase"))
        return {
            "sltrace.codebuild.project": text(detail.get("project-name")),
            "sltrace.codebuild.build_id": arn_name(detail.get("build-id")),
            "sltrace.codebuild.status": text(detail.get("build-status")),
            "sltrace.codebuild.phase": completed or text(detail.get("current-phase")),
            "sltrace.codebuild.phase_status": text(detail.get("completed-phase-status")),
        }


SOURCE = EventBridgeCodeBuild()
