"""Amazon Lex V1.

Shape: Amazon Lex V1 Developer Guide, "Lambda function input event and response format". What the
user said, the slots and the session's attributes are not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SOURCES = ("DialogCodeHook", "FulfillmentCodeHook")


class LexV1(Source):
    """A turn of a dialog, which waits for the function."""

    __slots__ = ()

    name = "lex.v1"
    model = SYNCHRONOUS
    answer = "the dialog action, and whether the intent was fulfilled"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a code hook's, with the bot and its current intent."""
        bot, intent = mapping(event.get("bot")), mapping(event.get("currentIntent"))
        has_names = isinstance(bot.get("name"), str) and isinstance(intent.get("name"), str)
        return has_names and event.get("invocationSource") in _SOURCES

    def span_name(self, event: Any) -> str | None:
        """Return the bot and the intent: ``BookTrip BookHotel``."""
        bot, intent = mapping(event.get("bot")), mapping(event.get("currentIntent"))
        return f"{text(bot.get('name')) or ''} {text(intent.get('name')) or ''}".strip() or None

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the bot, the intent and the hook."""
        bot = mapping(event.get("bot"))
        return known(
            {
                "sltrace.lex.bot": text(bot.get("name")),
                "sltrace.lex.bot_alias": text(bot.get("alias")),
                "sltrace.lex.bot_version": text(bot.get("version")),
                "sltrace.lex.intent": text(mapping(event.get("currentIntent")).get("name")),
                "sltrace.lex.invocation_source": text(event.get("invocationSource")),
                "sltrace.lex.output_mode": text(event.get("outputDialogMode")),
            }
        )

    def response(self, result: Any) -> dict[str, Any]:
        """Return how the dialog goes on."""
        action = mapping(mapping(result).get("dialogAction"))
        return known(
            {
                "sltrace.lex.dialog_action": text(action.get("type")),
                "sltrace.lex.fulfillment_state": text(action.get("fulfillmentState")),
            }
        )


SOURCE = LexV1()
