"""Amazon Cognito user pools, every trigger.

Shape: Amazon Cognito Developer Guide, "Customizing user pool workflows with Lambda triggers",
"User pool Lambda trigger event". All triggers send one envelope and differ in ``request``, which
is about a person: names, addresses, passwords, answers to challenges. Of it only the user's hash
is told.
"""

from __future__ import annotations

from sltrace.events._identity import user_hash
from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Longer than any trigger's name: what is longer is not searched.
_MAX_NAME = 128


class CognitoUserPool(Source):
    """A step of a sign-up, a sign-in or a message, which waits for the function."""

    __slots__ = ()

    name = "cognito.user_pool"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event has the triggers' envelope; a trigger still to come has it."""
        trigger = event.get("triggerSource")
        is_trigger = isinstance(trigger, str) and "_" in trigger[:_MAX_NAME]
        has_parts = all(isinstance(event.get(key), dict) for key in ("callerContext", "request"))
        return is_trigger and has_parts and isinstance(event.get("userPoolId"), str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which trigger of which pool it is, and the user's hash."""
        user = mapping(mapping(event.get("request")).get("userAttributes"))
        return known(
            {
                "sltrace.cognito.trigger_source": text(event.get("triggerSource")),
                "sltrace.cognito.event_version": text(event.get("version")),
                "sltrace.cognito.user_pool_id": text(event.get("userPoolId")),
                "sltrace.cognito.client_id": text(
                    mapping(event.get("callerContext")).get("clientId")
                ),
                "user.hash": user_hash(text(user.get("sub"))),
            }
        )


SOURCE = CognitoUserPool()
