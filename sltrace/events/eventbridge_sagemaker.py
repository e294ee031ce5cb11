"""Amazon SageMaker through Amazon EventBridge: a job, an endpoint or a pipeline changed its state.

Shape: Amazon SageMaker Developer Guide, "Events that Amazon SageMaker AI sends to Amazon
EventBridge". Hyperparameters, tags and names of users are not recorded.
"""

from __future__ import annotations

from sltrace.events._service_event import ServiceEvent
from sltrace.events._source import arn_name, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What has a status: its detail says ``TrainingJobName`` and ``TrainingJobStatus``.
_SUBJECTS = (
    "TrainingJob",
    "ProcessingJob",
    "TransformJob",
    "HyperParameterTuningJob",
    "LabelingJob",
    "Endpoint",
    "FeatureGroup",
    "ModelPackage",
    "ModelCard",
    "Image",
    "ImageVersion",
    "Cluster",
)


class EventBridgeSageMaker(ServiceEvent):
    """A change of state."""

    __slots__ = ()

    name = "eventbridge.sagemaker"
    service = "aws.sagemaker"

    def details(self, detail: Mapping[Any, Any]) -> dict[str, Any]:
        """Return what changed and its status: a pipeline with its step, or a job or the like."""
        if "pipelineArn" in detail:
            return _pipeline(detail)
        subject = next((each for each in _SUBJECTS if f"{each}Status" in detail), None)
        if subject is None:
            return {}
        # A version of a model has its group's name and none of its own.
        named = text(detail.get(f"{subject}Name")) or text(detail.get("ModelPackageGroupName"))
        return {
            "sltrace.sagemaker.name": named or arn_name(detail.get(f"{subject}Arn")),
            "sltrace.sagemaker.status": text(detail.get(f"{subject}Status")),
            "sltrace.sagemaker.approval": text(detail.get("ModelApprovalStatus")),
        }


def _pipeline(detail: Mapping[Any, Any]) -> dict[str, Any]:
    step = text(detail.get("currentStepStatus"))
    return {
        "sltrace.sagemaker.name": arn_name(detail.get("pipelineArn")),
        "sltrace.sagemaker.execution_id": arn_name(detail.get("pipelineExecutionArn")),
        "sltrace.sagemaker.step": text(detail.get("stepName")),
        "sltrace.sagemaker.status": step or text(detail.get("currentPipelineExecutionStatus")),
    }


SOURCE = EventBridgeSageMaker()
