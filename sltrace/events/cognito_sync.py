"""Amazon Cognito Sync, whose function sees a dataset before it is stored.

Shape: Amazon Cognito Developer Guide, "Cognito Events". The identity and the records are a
person's and not told.
"""

from __future__ import annotations

from sltrace.events._source import SYNCHRONOUS, Source, known, mapping, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class CognitoSync(Source):
    """A synchronisation of one dataset."""

    __slots__ = ()

    name = "cognito.sync"
    trigger = "datasource"
    model = SYNCHRONOUS

    def recognise(self, event: Any) -> bool:
        """Return whether the event is a synchronisation of an identity pool's dataset."""
        has_names = all(
            isinstance(event.get(key), str) for key in ("identityPoolId", "datasetName")
        )
        has_records = isinstance(event.get("datasetRecords"), dict)
        return event.get("eventType") == "SyncTrigger" and has_names and has_records

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return the dataset, and how many records of it are new."""
        return known(
            {
                "sltrace.cognito.identity_pool_id": text(event.get("identityPoolId")),
                "sltrace.cognito.dataset": text(event.get("datasetName")),
                "sltrace.cognito.records": len(mapping(event.get("datasetRecords"))),
            }
        )


SOURCE = CognitoSync()
