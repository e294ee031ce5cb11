"""Alexa smart home skills, payload versions 2 and 3.

Shape: Alexa Skills Kit, "Alexa Interface Message and Property Reference"; for version 2, "Smart
Home Skill API v2 Message Reference". Endpoints, tokens and payloads are a person's and not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_TEXTS = ("namespace", "name", "payloadVersion", "messageId")


class AlexaSmartHome(Source):
    """A directive to one of a home's devices, whose user waits for the answer."""

    __slots__ = ()

    name = "alexa.smart_home"
    model = SYNCHRONOUS
    answer = "the name of the response, and the type of an error"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a message in a namespace of Alexa's."""
        header = _header(event, "directive")
        has_texts = all(isinstance(header.get(key), str) for key in _TEXTS)
        namespace = text(header.get("namespace")) or ""
        is_alexa = namespace == "Alexa" or namespace.startswith("Alexa.")
        return (
            has_texts and is_alexa and isinstance(_message(event, "directive").get("payload"), dict)
        )

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return which directive it is."""
        header = _header(event, "directive")
        return known(
            {
                "sltrace.alexa.namespace": text(header.get("namespace")),
                "sltrace.alexa.directive": text(header.get("name")),
                "sltrace.alexa.payload_version": text(header.get("payloadVersion")),
                "sltrace.alexa.message_id": text(header.get("messageId")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return what the skill answers; errors of version 2 have names of their own."""
        name = text(_header(result, "event").get("name"))
        payload = mapping(_message(result, "event").get("payload"))
        error = text(payload.get("type")) if name == "ErrorResponse" else None
        return known({"sltrace.alexa.response": name, "sltrace.alexa.error_type": error})


def _message(value: Any, holder: str) -> Mapping[Any, Any]:
    """Return the message: version 3 has it in a member of the event or of the result."""
    outer = mapping(value)
    return mapping(outer[holder]) if holder in outer else outer


def _header(value: Any, holder: str) -> Mapping[Any, Any]:
    return mapping(_message(value, holder).get("header"))


SOURCE = AlexaSmartHome()
