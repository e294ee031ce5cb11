"""AWS Secrets Manager, rotation of a secret.

Shape: AWS Secrets Manager User Guide, "Rotation by Lambda function"; the model: AWS Lambda
Developer Guide, "Using AWS Lambda with Secrets Manager". The tokens are not recorded.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, arn_part, known, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_RESOURCE = "secret:"
# Secrets Manager ends a secret's ARN in a hyphen and six characters of its own.
_SUFFIX = 7


class SecretsManagerRotation(Source):
    """One of the four steps of a rotation."""

    __slots__ = ()

    name = "secretsmanager.rotation"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event names a step of a rotation and a secret."""
        return (
            event.get("Step") in _STEPS
            and isinstance(event.get("ClientRequestToken"), str)
            and arn_part(event.get("SecretId"), 2) == "secretsmanager"
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the step, and the secret by its name and its ARN (OTel, "AWS")."""
        secret = event.get("SecretId")
        return known(
            {
                "aws.secretsmanager.secret.arn": text(secret),
                "sltrace.secretsmanager.secret": _name(secret),
                "sltrace.secretsmanager.step": text(event.get("Step")),
            }
        )


def _name(arn: Any) -> str | None:
    name = (arn_part(arn, 5) or "").removeprefix(_RESOURCE)
    has_suffix = len(name) > _SUFFIX and name[-_SUFFIX] == "-"
    return (name[:-_SUFFIX] if has_suffix else name) or None


SOURCE = SecretsManagerRotation()
