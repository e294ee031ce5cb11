"""AWS CodeDeploy, hooks in the life of a deployment of Lambda or ECS.

Shape: AWS CodeDeploy User Guide, "AppSpec 'hooks' section". The guide does not name the model.
CodeDeploy waits an hour, longer than a function can run, for
``PutLifecycleEventHookExecutionStatus``, and deployments are seen to wait so after a hook that
timed out (aws/serverless-application-model, issue 1963): it does not wait for the function.
"""

from __future__ import annotations

from sltrace.events._source import ASYNCHRONOUS, Source, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_KEYS = frozenset(("DeploymentId", "LifecycleEventHookExecutionId"))


class CodeDeploy(Source):
    """A hook to run, of which the event tells the deployment only."""

    __slots__ = ()

    name = "codedeploy"
    model = ASYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event has the two ids, and nothing else."""
        if event.keys() != _KEYS:
            return False
        deployment, hook = event["DeploymentId"], event["LifecycleEventHookExecutionId"]
        is_deployment = isinstance(deployment, str) and deployment.startswith("d-")
        return is_deployment and isinstance(hook, str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the deployment (OTel, "Deployment"); the hook's id is its secret handle."""
        return known({"deployment.id": text(event.get("DeploymentId"))})


SOURCE = CodeDeploy()
