"""AWS CodeCommit, triggers of a repository.

Shape: AWS Lambda Developer Guide, "Using AWS Lambda with AWS CodeCommit"; attributes: OTel,
"VCS". ``customData`` and ``userIdentityARN`` are people's, and not recorded.
"""

from __future__ import annotations

from sltrace.events._batch import first
from sltrace.events._source import (
    ASYNCHRONOUS,
    Hop,
    Source,
    arn_part,
    items,
    known,
    mapping,
    text,
)
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

_REFS = (("refs/heads/", "branch"), ("refs/tags/", "tag"))


class CodeCommit(Source):
    """A push: branches or tags that were created, moved or deleted."""

    __slots__ = ()

    name = "codecommit"
    trigger = "datasource"
    model = ASYNCHRONOUS
    upstream = "CodeCommit from `eventTime`"

    def recognise(self, event: Any) -> bool:
        """Return whether the first record is one of a repository's trigger."""
        record = first(event)
        is_commit = record.get("eventSource") == "aws:codecommit"
        has_references = isinstance(mapping(record.get("codecommit")).get("references"), list)
        return is_commit and has_references

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the repository, and the first of the branches or tags."""
        record = first(event)
        references = items(mapping(record.get("codecommit")).get("references"))
        reference = mapping(references[0]) if references else {}
        return known(
            {
                "vcs.repository.name": _repository(record),
                **_ref(reference.get("ref")),
                "vcs.ref.head.revision": text(reference.get("commit")),
                "sltrace.codecommit.references": len(references),
                "sltrace.codecommit.event_name": text(record.get("eventName")),
                "sltrace.codecommit.trigger": text(record.get("eventTriggerName")),
            }
        )

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the repository as a stage."""
        record = first(event)
        repository = _repository(record)
        name = f"CodeCommit {repository or ''}".rstrip()
        told = known({"vcs.repository.name": repository})
        return (Hop(self.name, name, from_iso(record.get("eventTime")), told),)


def _repository(record: Mapping[Any, Any]) -> str | None:
    return arn_part(record.get("eventSourceARN"), 5)


def _ref(ref: Any) -> dict[str, str | None]:
    """Return name and type of ``refs/heads/main``."""
    name = text(ref)
    for prefix, kind in _REFS:
        if name and name.startswith(prefix):
            return {
                "vcs.ref.head.name": name.removeprefix(prefix) or None,
                "vcs.ref.head.type": kind,
            }
    return {"vcs.ref.head.name": name}


SOURCE = CodeCommit()
