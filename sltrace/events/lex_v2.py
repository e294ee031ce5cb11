"""Amazon Lex V2.

Shape: Amazon Lex V2 Developer Guide, "AWS Lambda input event format for Lex V2" and "AWS Lambda
response format for Lex V2". What the user said, the slots and the session's attributes are not
told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SOURCES = ("DialogCodeHook", "FulfillmentCodeHook")


class LexV2(Source):
    """A turn of a dialog, which waits for the function."""

    __slots__ = ()

    name = "lex.v2"
    model = SYNCHRONOUS
    answer = "the dialog action, and the state that the intent is left in"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a code hook's, with the bot and the session's intent."""
        has_names = isinstance(mapping(event.get("bot")).get("name"), str) and isinstance(
            _intent(event).get("name"), str
        )
        return has_names and event.get("invocationSource") in _SOURCES

    def span_name(self, event: Any) -> str | None:
        """Return the bot and the intent: ``BookTrip BookHotel``."""
        bot = text(mapping(event.get("bot")).get("name"))
        return f"{bot or ''} {text(_intent(event).get('name')) or ''}".strip() or None

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the bot, the intent and the hook."""
        bot = mapping(event.get("bot"))
        return known(
            {
                "sltrace.lex.bot": text(bot.get("name")),
                "sltrace.lex.bot_alias": text(bot.get("aliasName")),
                "sltrace.lex.bot_version": text(bot.get("version")),
                "sltrace.lex.locale": text(bot.get("localeId")),
                "sltrace.lex.intent": text(_intent(event).get("name")),
                "sltrace.lex.intent_state": text(_intent(event).get("state")),
                "sltrace.lex.invocation_source": text(event.get("invocationSource")),
                "sltrace.lex.input_mode": text(event.get("inputMode")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return how the dialog goes on."""
        action = mapping(mapping(mapping(result).get("sessionState")).get("dialogAction"))
        return known(
            {
                "sltrace.lex.dialog_action": text(action.get("type")),
                "sltrace.lex.fulfillment_state": text(_intent(result).get("state")),
            }
        )


def _intent(message: Any) -> Mapping[Any, Any]:
    """Return the intent of an event, or of a result: both have it in ``sessionState``."""
    return mapping(mapping(mapping(message).get("sessionState")).get("intent"))


SOURCE = LexV2()
