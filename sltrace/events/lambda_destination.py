"""AWS Lambda, the record of another function's invocation, sent to its destination.

Shape: AWS Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations", and for
batches that were given up, "Retain discarded batch records" of Kinesis, DynamoDB and Kafka. Those
are sent to queues, topics and buckets only, and reach a function inside a message.
"""

from __future__ import annotations

from sltrace.events import recognise
from sltrace.events._carriers import from_json
from sltrace.events._source import (
    ASYNCHRONOUS,
    Hop,
    Source,
    arn_part,
    items,
    known,
    mapping,
    text,
    whole,
)
from sltrace.events._times import from_iso

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

# What stands in place of the payloads, where the invocation was of an event source mapping.
_BATCHES = ("KinesisBatchInfo", "DDBStreamBatchInfo", "KafkaBatchInfo")


class LambdaDestination(Source):
    """How an invocation ended."""

    __slots__ = ()

    name = "lambda.destination"
    model = ASYNCHRONOUS
    carriers = ("request payload", "what the request payload carries")
    upstream = "Lambda destination from `timestamp`"

    def recognise(self, event: Any) -> bool:
        """Return whether the event is the record of an invocation."""
        context = mapping(event.get("requestContext"))
        is_lambda = arn_part(context.get("functionArn"), 2) == "lambda"
        texts = (context.get("condition"), context.get("requestId"), event.get("timestamp"))
        is_record = is_lambda and all(isinstance(each, str) for each in texts)
        return is_record and ("requestPayload" in event or bool(_batch(event)))

    def attributes(self, event: Any) -> dict[str, Any]:
        """Return how which invocation ended; neither payload."""
        context = mapping(event.get("requestContext"))
        answer = mapping(event.get("responseContext"))
        batch = _batch(event)
        origin = batch.get("streamArn") or batch.get("eventSourceArn")
        return known(
            {
                "sltrace.lambda_destination.function": _function(context),
                "sltrace.lambda_destination.request_id": text(context.get("requestId")),
                "sltrace.lambda_destination.condition": text(context.get("condition")),
                "sltrace.lambda_destination.invoke_count": whole(
                    context.get("approximateInvokeCount")
                ),
                "sltrace.lambda_destination.function_error": text(answer.get("functionError")),
                "sltrace.lambda_destination.batch_source": text(origin),
                "sltrace.lambda_destination.batch_size": whole(batch.get("batchSize")),
            }
        )

    def carrier(self, event: Any) -> Mapping[Any, Any]:
        """Return the headers in what the function was called with, by whichever source."""
        payload = event.get("requestPayload")
        return from_json(payload) or self._carried(payload)

    def hops(self, event: Any) -> Sequence[Hop]:
        """Return the destination as a stage, from when the invocation had ended."""
        function = _function(mapping(event.get("requestContext")))
        name = f"Lambda destination {function or ''}".rstrip()
        return (Hop(self.name, name, from_iso(event.get("timestamp")), self.attributes(event)),)

    def _carried(self, payload: Any) -> Mapping[Any, Any]:
        source: Any = recognise(payload)
        # The record of a record would be followed as deep as it is nested.
        if source.name in (self.name, "other"):
            return {}
        records = items(source.records(payload))
        return mapping(source.record_carrier(records[0]) if records else source.carrier(payload))


def _batch(event: Mapping[str, Any]) -> Mapping[Any, Any]:
    return next((mapping(event[name]) for name in _BATCHES if name in event), {})


def _function(context: Mapping[Any, Any]) -> str | None:
    """Return the name in ``...:function:NAME:QUALIFIER``."""
    resource = arn_part(context.get("functionArn"), 5) or ""
    return text(resource.removeprefix("function:").partition(":")[0])


SOURCE = LambdaDestination()
