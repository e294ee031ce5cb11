"""AWS Batch through Amazon EventBridge: a job changed its state, or blocks its queue.

Shape: AWS Batch User Guide, "Job state change events" and "Job queue blocked events". The job's
command, parameters and environment are not recorded.
"""

from __future__ import annotations

from sltrace.events._service_event import ServiceEvent
from sltrace.events._source import arn_name, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class EventBridgeBatch(ServiceEvent):
    """A change of a job's state."""

    __slots__ = ()

    name = "eventbridge.batch"
    service = "aws.batch"

    def details(self, detail: Mapping[Any, Any]) -> dict[str, Any]:
        """Return the job, its queue and state, and how often it was tried."""
        attempts = detail.get("attempts")
        return {
            "sltrace.aws_batch.job_id": text(detail.get("jobId")),
            "sltrace.aws_batch.job_name": text(detail.get("jobName")),
            "sltrace.aws_batch.job_queue": arn_name(detail.get("jobQueue")),
            "sltrace.aws_batch.status": text(detail.get("status")),
            "sltrace.aws_batch.attempts": len(attempts) if isinstance(attempts, list) else None,
        }


SOURCE = EventBridgeBatch()
