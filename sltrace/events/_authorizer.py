"""What the functions that authorize requests to API Gateway share: the decision they return.

Shape: API Gateway Developer Guide, "Output from an API Gateway Lambda authorizer"; for HTTP APIs
"Control access to HTTP APIs with AWS Lambda authorizers", which adds the simple response.
"""

from __future__ import annotations

from itertools import islice

from sltrace.events._apigateway import ApiGateway
from sltrace.events._source import arn_part, items, mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# API Gateway takes a policy of 8 KB; of what is longer nothing is told.
_MAX_STATEMENTS = 256
_INVOKE = frozenset(("*", "execute-api:*", "execute-api:invoke"))
_DECISIONS = {"Allow": "allow", "Deny": "deny"}


class Authorizer(ApiGateway):
    """An event that asks for a decision. The span keeps the function's name: it has no route."""

    __slots__ = ()

    answer = "the decision"

    def span_name(self, event: Any) -> str | None:  # noqa: ARG002 - it is the request's, not its own
        """Return None: what was called is another function."""
        return None

    def response(self, result: Any) -> dict[str, Any]:
        """Return the decision: that of the policy's statements, or the simple response's."""
        answer = mapping(result)
        allowed = answer.get("isAuthorized")
        if isinstance(allowed, bool):
            return {"sltrace.authorizer.decision": "allow" if allowed else "deny"}
        decisions = set(_decisions(mapping(answer.get("policyDocument")).get("Statement")))
        if not decisions:
            return {}
        told = decisions.pop() if len(decisions) == 1 else "mixed"
        return {"sltrace.authorizer.decision": told}


def is_asked(event: Mapping[str, Any], kind: str, key: str) -> bool:
    """Return whether an event is of the kind, and under the key names a method or a route."""
    return event.get("type") == kind and arn_part(event.get(key), 2) == "execute-api"


def _decisions(statements: Any) -> Iterator[str]:
    """Yield what each statement says of calling the API; a single one needs no list."""
    several = items(statements) or (statements,)
    if len(several) > _MAX_STATEMENTS:
        return
    for statement in map(mapping, several):
        effect = statement.get("Effect")
        if isinstance(effect, str) and effect in _DECISIONS and _is_invoke(statement):
            yield _DECISIONS[effect]


def _is_invoke(statement: Mapping[Any, Any]) -> bool:
    action = statement.get("Action")
    actions = islice(items(action) or (action,), _MAX_STATEMENTS)
    return any(isinstance(each, str) and each[:32].lower() in _INVOKE for each in actions)
