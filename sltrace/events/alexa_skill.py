"""Alexa custom skills.

Shape: Alexa Skills Kit, "Request and Response JSON Reference" and "Request Types Reference". The
user, the device, their tokens, the slots and the session's attributes are not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Hop, Source, known, mapping, text
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# Skills made before 2016 have the second.
_SKILL_IDS = ("amzn1.ask.skill.", "amzn1.echo-sdk-ams.app.")
_HOUR_MS = 3_600_000


class AlexaSkill(Source):
    """A request of a user, who waits for the skill's answer."""

    __slots__ = ()

    name = "alexa.skill"
    model = SYNCHRONOUS
    upstream = "Alexa from `request.timestamp`, waiting"

    @property
    def max_age_ms(self) -> int:
        """An hour: the kit verifies skill events, such as an account linked, for that long."""
        return _HOUR_MS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a dated request to a skill."""
        request = mapping(event.get("request"))
        has_texts = all(isinstance(request.get(key), str) for key in ("type", "timestamp"))
        return has_texts and (_skill(event) or "").startswith(_SKILL_IDS)

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return what is asked for; of a session's end, why."""
        request = mapping(event.get("request"))
        is_new = mapping(event.get("session")).get("new")
        return known(
            {
                "sltrace.alexa.skill_id": _skill(event),
                "sltrace.alexa.request_type": text(request.get("type")),
                "sltrace.alexa.intent": text(mapping(request.get("intent")).get("name")),
                "sltrace.alexa.locale": text(request.get("locale")),
                "sltrace.alexa.session_new": is_new if isinstance(is_new, bool) else None,
                "sltrace.alexa.end_reason": text(request.get("reason")),
                "sltrace.alexa.error_type": text(mapping(request.get("error")).get("type")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return Alexa as a stage, which waits for the function."""
        request = mapping(event.get("request"))
        name = f"Alexa {text(request.get('type')) or ''}".rstrip()
        start = from_iso(request.get("timestamp"))
        return (Hop(self.name, name, start, self.attributes(event), encloses=True),)


def _skill(event: Any) -> str | None:
    """Return the skill's id: requests outside a session have it in the context only."""
    system = mapping(mapping(event.get("context")).get("System"))
    for holder in (system, mapping(event.get("session"))):
        skill = text(mapping(holder.get("application")).get("applicationId"))
        if skill is not None:
            return skill
    return None


SOURCE = AlexaSkill()
