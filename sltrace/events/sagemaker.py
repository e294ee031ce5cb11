"""Amazon SageMaker Ground Truth, the functions of a custom labeling job.

Shape: Amazon SageMaker Developer Guide, "Pre-annotation and post-annotation Lambda function
requirements". Ground Truth waits for the result: what to show to a worker, or the consolidated
labels. The object itself is not recorded, which may be a text of anybody's.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, arn_name, arn_part, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_VERSION = "2018-10-16"
_HUMAN = "isHumanAnnotationRequired"


class SageMaker(Source):
    """An object to prepare for a worker, or workers' answers to make labels of."""

    __slots__ = ()

    name = "sagemaker"
    model = SYNCHRONOUS
    answer = "whether a human has to annotate the object"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is of a labeling job, with an object or with answers."""
        is_job = arn_part(event.get("labelingJobArn"), 2) == "sagemaker"
        return is_job and event.get("version") == _VERSION and _kind(event) is not None

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the labeling job, and which of its two functions this is."""
        return known(
            {
                "sltrace.sagemaker.kind": _kind(event),
                "sltrace.sagemaker.labeling_job": arn_name(event.get("labelingJobArn")),
                "sltrace.sagemaker.label_attribute": text(event.get("labelAttributeName")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return whether a worker is asked; Ground Truth takes a bool or its name."""
        required = str(mapping(result).get(_HUMAN))[:8].lower()
        told = {"true": True, "false": False}.get(required)
        return known({"sltrace.sagemaker.human_annotation_required": told})


def _kind(event: Any) -> str | None:
    if isinstance(event.get("dataObject"), dict):
        return "pre_annotation"
    has_answers = isinstance(mapping(event.get("payload")).get("s3Uri"), str)
    return "consolidation" if has_answers else None


SOURCE = SageMaker()
