"""Amazon Bedrock agents, a function of an action group.

Shape: Amazon Bedrock User Guide, "Configure Lambda functions to send information that an Amazon
Bedrock agent elicits from the user"; attributes by OTel's conventions for generative AI
("Execute tool span"). Parameters, request bodies, the user's words, the session's id, which is the
application's to choose, and its attributes are not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class BedrockAgent(Source):
    """An operation of an API schema, or a function of the group's details; the agent waits."""

    __slots__ = ()

    name = "bedrock.agent"
    model = SYNCHRONOUS
    answer = "the HTTP status of an operation, the response state of a function"

    def recognise(self, event: Any) -> bool:
        """Return whether the event names an agent, an action group and what to call in it."""
        has_agent = isinstance(mapping(event.get("agent")).get("id"), str)
        called = all(isinstance(event.get(key), str) for key in ("apiPath", "httpMethod"))
        called = called or isinstance(event.get("function"), str)
        is_message = isinstance(event.get("messageVersion"), str)
        return is_message and has_agent and called and isinstance(event.get("actionGroup"), str)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the agent, and what it calls; ``apiPath`` is the schema's, without values."""
        agent = mapping(event.get("agent"))
        return known(
            {
                "gen_ai.provider.name": "aws.bedrock",
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.agent.id": text(agent.get("id")),
                "gen_ai.agent.name": text(agent.get("name")),
                "gen_ai.tool.name": text(event.get("function")),
                "sltrace.bedrock.agent_version": text(agent.get("version")),
                "sltrace.bedrock.agent_alias": text(agent.get("alias")),
                "sltrace.bedrock.action_group": text(event.get("actionGroup")),
                "http.request.method": text(event.get("httpMethod")),
                "http.route": text(event.get("apiPath")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return how the call ended."""
        response = mapping(mapping(result).get("response"))
        function = mapping(response.get("functionResponse"))
        return known(
            {
                "http.response.status_code": whole(response.get("httpStatusCode")),
                "sltrace.bedrock.response_state": text(function.get("responseState")),
            }
        )


SOURCE = BedrockAgent()
