"""AWS Transfer Family, custom steps of a workflow.

Shape: AWS Transfer Family User Guide, "Use custom file-processing steps". The outcome goes to
Transfer Family by ``SendWorkflowStepState``, not as a result. The guide does not say how the
function is invoked: it calls the steps asynchronous, and has a step fail with its function. User
names are not recorded, and no paths, which begin with them.
"""

from __future__ import annotations

from sltrace.events._source import Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOMAINS = ("S3", "EFS")


class Transfer(Source):
    """A file that came in, for a step of a workflow."""

    __slots__ = ()

    name = "transfer"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is of a workflow's execution, with a token and a file."""
        execution = mapping(mapping(event.get("serviceMetadata")).get("executionDetails"))
        workflow = execution.get("workflowId")
        return (
            isinstance(workflow, str)
            and workflow.startswith("w-")
            and isinstance(execution.get("executionId"), str)
            and isinstance(event.get("token"), str)
            and mapping(event.get("fileLocation")).get("domain") in _DOMAINS
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the workflow, its execution, the server, and where the file is."""
        about = mapping(event.get("serviceMetadata"))
        execution = mapping(about.get("executionDetails"))
        location = mapping(event.get("fileLocation"))
        return known(
            {
                "sltrace.transfer.workflow_id": text(execution.get("workflowId")),
                "sltrace.transfer.execution_id": text(execution.get("executionId")),
                "sltrace.transfer.server_id": text(
                    mapping(about.get("transferDetails")).get("serverId")
                ),
                "sltrace.transfer.domain": text(location.get("domain")),
                "aws.s3.bucket": text(location.get("bucket")),
            }
        )


SOURCE = Transfer()
