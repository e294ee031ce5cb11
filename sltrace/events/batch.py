"""AWS Batch, the events of Lambda's two blueprints for it: submit a job, ask for a job.

Shape: the blueprints ``batch-submit-job`` and ``batch-get-job``, whose test events aws-sam-cli
has too (each under the other's name). No service sends them: a state machine or a caller does,
with arguments of Batch's own calls (AWS Batch API Reference, "SubmitJob"). With so little to tell
them by, nothing but exactly those arguments, in the forms that Batch gives them, is taken for
one; how the function was invoked they do not tell.
"""

from __future__ import annotations

import re

from sltrace.events._source import Source, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SUBMIT = frozenset(("jobName", "jobQueue", "jobDefinition"))
_GET = frozenset(("jobId",))
# Patterns and not compiled ones, for a function that has no such event.
_NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}"
_ARN = r"arn:aws[a-z-]*:batch:[a-z0-9-]+:\d{12}:"
_QUEUE = rf"(?:{_ARN}job-queue/)?{_NAME}"
_DEFINITION = rf"(?:{_ARN}job-definition/)?{_NAME}(?::\d{{1,9}})?"
_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_MAX_ID = 256


class Batch(Source):
    """A job to submit, or one to ask for."""

    __slots__ = ()

    name = "batch"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a job's id, or its name, queue and definition."""
        keys = event.keys()
        if keys == _GET:
            return _is(_ID, event["jobId"])
        return (
            keys == _SUBMIT
            and _is(_NAME, event["jobName"])
            and _is(_QUEUE, event["jobQueue"])
            and _is(_DEFINITION, event["jobDefinition"])
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the job."""
        return known(
            {
                "sltrace.aws_batch.job_id": text(event.get("jobId")),
                "sltrace.aws_batch.job_name": text(event.get("jobName")),
                "sltrace.aws_batch.job_queue": text(event.get("jobQueue")),
                "sltrace.aws_batch.job_definition": text(event.get("jobDefinition")),
            }
        )


def _is(pattern: str, value: Any) -> bool:
    is_short = isinstance(value, str) and len(value) <= _MAX_ID
    return is_short and re.fullmatch(pattern, value, re.ASCII) is not None


SOURCE = Batch()
