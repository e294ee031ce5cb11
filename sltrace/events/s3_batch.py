"""Amazon S3 Batch Operations, one task of a job.

Shape: Amazon S3 User Guide, "Invoke AWS Lambda function", request and response; invocation schemas
1.0 and 2.0, which differ in how the bucket is named.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._batch import first
from sltrace.events._carriers import from_json
from sltrace.events._source import SYNCHRONOUS, Source, arn_part, items, known, mapping, text
from sltrace.events.s3 import decoded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_CODES = {
    "Succeeded": "sltrace.s3_batch.succeeded",
    "TemporaryFailure": "sltrace.s3_batch.temporary_failures",
    "PermanentFailure": "sltrace.s3_batch.permanent_failures",
}
# S3 gives a function one task at a time; further results are not counted.
_MAX_RESULTS = 1024


class S3Batch(Source):
    """An object of a job's manifest."""

    __slots__ = ()

    name = "s3.batch"
    model = SYNCHRONOUS
    carriers = ("the job's user arguments",)
    answer = "tasks by result code"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a task of a job."""
        task = first(event, "tasks")
        return (
            isinstance(event.get("invocationSchemaVersion"), str)
            and isinstance(mapping(event.get("job")).get("id"), str)
            and isinstance(task.get("taskId"), str)
            and isinstance(task.get("s3Key"), str)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the job and the object; not the job's own arguments."""
        task = first(event, "tasks")
        bucket = arn_part(task.get("s3BucketArn"), 5) or text(task.get("s3Bucket"))
        return known(
            {
                "aws.s3.bucket": bucket,
                "aws.s3.key": decoded(task.get("s3Key")),
                "sltrace.s3_batch.job_id": text(mapping(event.get("job")).get("id")),
                "sltrace.s3_batch.task_id": text(task.get("taskId")),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the trace headers among the arguments that the job was made with (schema 2.0)."""
        return from_json(mapping(event.get("job")).get("userArguments"))

    def response(self, result: Any) -> dict[str, Any]:
        """Return how many tasks succeeded, are to be tried again, and failed for good."""
        results = mapping(result).get("results")
        if not isinstance(results, list):
            return {}
        counts = dict.fromkeys(_CODES.values(), 0)
        for each in islice(items(results), _MAX_RESULTS):
            name = _CODES.get(text(mapping(each).get("resultCode")) or "")
            if name:
                counts[name] += 1
        return counts


SOURCE = S3Batch()
