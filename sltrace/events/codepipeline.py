"""AWS CodePipeline, invoke actions.

Shape: AWS CodePipeline User Guide, "Invoke a Lambda function in a pipeline in CodePipeline"; the
model: AWS Lambda Developer Guide, "Using AWS Lambda with CodePipeline". The outcome goes to
CodePipeline by ``PutJobSuccessResult`` or ``PutJobFailureResult``, not as a result. The event has
the keys to the artifacts, and ``UserParameters``, which may hold a secret: neither is recorded.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._source import ASYNCHRONOUS, Source, items, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# An action takes five artifacts and makes five.
_MAX_ARTIFACTS = 5


class CodePipeline(Source):
    """A job for an action of a pipeline."""

    __slots__ = ()

    name = "codepipeline"
    model = ASYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a job with the configuration of an action."""
        job = mapping(event.get("CodePipeline.job"))
        has_ids = isinstance(job.get("id"), str) and isinstance(job.get("accountId"), str)
        return has_ids and isinstance(mapping(job.get("data")).get("actionConfiguration"), dict)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the job, whether it goes on with an earlier one, and its artifacts."""
        job = mapping(event.get("CodePipeline.job"))
        data = mapping(job.get("data"))
        return known(
            {
                "sltrace.codepipeline.job_id": text(job.get("id")),
                "sltrace.codepipeline.continued": text(data.get("continuationToken")) is not None,
                "sltrace.codepipeline.input_artifacts": _names(data.get("inputArtifacts")),
                "sltrace.codepipeline.output_artifacts": _names(data.get("outputArtifacts")),
            }
        )


def _names(artifacts: Any) -> tuple[str, ...] | None:
    some = islice(items(artifacts), _MAX_ARTIFACTS)
    return tuple(name for each in some if (name := text(mapping(each).get("name")))) or None


SOURCE = CodePipeline()
