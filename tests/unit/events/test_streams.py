"""Streams, brokers, pipes and schedules: what the catalogue of events cannot say."""

import json

import pytest
from tests_catalogue import SPAN_ID, TRACEPARENT, cases, event_of
from tests_invoking import invoke

import sltrace
from sltrace import events

MODULES = (
    "activemq",
    "documentdb_stream",
    "dynamodb_stream",
    "eventbridge_pipes",
    "eventbridge_schedule",
    "firehose",
    "kafka",
    "kinesis",
    "kinesis_analytics",
    "rabbitmq",
)
EVENTS = {
    f"{module}: {case['case']}": (module, event_of(case))
    for module, case in cases()
    if module in MODULES
}
OTHER_SPAN = "00-67429a3b0123456789abcdef01234567-1111111111111111-01"


def catalogued(module, number=0):
    """Return the event of one of the module's cases."""
    return [event for name, event in EVENTS.values() if name == module][number]


def name_of(event):
    """Return the source of an event that came as JSON."""
    return events.recognise(json.loads(json.dumps(event))).name


def traced(event):
    """Return the span of an invocation by the event, and those inferred from it."""
    _, spans = invoke(sltrace.trace_handler(lambda event, context: None), event)
    invocation = next(span for span in spans if "faas.invocation_id" in span.attributes)
    return invocation, [span for span in spans if span is not invocation]


def without(event, *path):
    """Return a copy of the event, less the field at the path."""
    copy = json.loads(json.dumps(event))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    del inside[path[-1]]
    return copy


def replaced(event, value, *path):
    """Return a copy of the event with another value at the path."""
    copy = json.loads(json.dumps(event))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return copy


RELATIVES = {
    "a Kinesis record as only a pipe has it": {
        "Records": [catalogued("eventbridge_pipes", 1)[0]],
    },
    "a pipe's list with a Kinesis record as only Lambda has it": catalogued("kinesis")["Records"],
    "a list of records of S3": [{"eventSource": "aws:s3", "eventSourceARN": "arn", "s3": {}}],
    "a list of notifications": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn"}}],
    "a Kinesis record that says it is DynamoDB's": replaced(
        catalogued("kinesis"), "aws:dynamodb", "Records", 0, "eventSource"
    ),
    "a change with an unknown name": replaced(
        catalogued("dynamodb_stream"), "TRUNCATE", "Records", 0, "eventName"
    ),
    "no records and no window": {"Records": [], "eventSource": "aws:kinesis"},
    "the end of a window over a queue": replaced(
        catalogued("kinesis", 2), "arn:aws:sqs:eu-central-1:123456789012:orders", "eventSourceARN"
    ),
    "records of Firehose's that are not dated": without(
        catalogued("firehose"), "records", 0, "approximateArrivalTimestamp"
    ),
    "an application's records without the application": without(
        catalogued("kinesis_analytics"), "applicationArn"
    ),
    "a list of records that is the caller's own": {"records": [{"recordId": "r-1", "data": "d"}]},
    "Kafka's records without a topic": without(
        catalogued("kafka"), "records", "orders-0", 0, "topic"
    ),
    "Kafka's records under another source": replaced(catalogued("kafka"), "aws:mq", "eventSource"),
    "RabbitMQ's messages under ActiveMQ's source": replaced(
        catalogued("rabbitmq"), "aws:mq", "eventSource"
    ),
    "a change stream's events that are no changes": {
        "eventSource": "aws:docdb",
        "events": [{"event": {"ns": {}}}],
    },
}


@pytest.mark.parametrize("event", RELATIVES.values(), ids=RELATIVES)
def test_a_near_relative_is_other_rather_than_a_wrong_guess(event):
    assert name_of(event) == "other"


def test_a_scheduled_event_that_another_sender_sent_is_an_event_of_the_bus():
    event = replaced(catalogued("eventbridge_schedule"), "shop.clock", "source")
    assert name_of(event) == "eventbridge"


ODD = (None, True, -1, 1e400, "", "x" * 100_000, [], [None], {}, {1: [{}]}, [[1]], [{"": {}}])


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd)[:20])
def test_no_method_of_a_record_minds_what_it_is_given(module, odd):
    source = events.load(module)
    if module == "eventbridge_schedule":
        assert source.hops({"resources": odd, "time": odd})[0].start is None
        return
    for record in (odd, {"kinesis": odd, "dynamodb": odd, "event": odd, "basicProperties": odd}):
        assert source.destination(record) is None
        assert source.record_time(record) is None
        assert source.record_attempt(record) is None
        assert dict(source.record_carrier(record)) == {}
        source.record_content(record)
        assert all(hop.start is None for hop in source.record_hops(record))
        assert isinstance(source.record_attributes(record), dict)


def members(value, at=()):
    """Yield the path of every field and every element of an event."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield (*at, key)
        if isinstance(inner, (dict, list)) and len(inner) < 40:
            yield from members(inner, (*at, key))


@pytest.mark.parametrize(("module", "event"), EVENTS.values(), ids=EVENTS)
def test_an_event_with_any_field_of_another_type_is_its_source_or_other(module, event):
    name = events.load(module).name
    # A schedule's event that lost what tells it is still one of the bus.
    expected = {name, "other", "eventbridge"} if name == "eventbridge.schedule" else {name, "other"}
    for path in members(event):
        for odd in (None, 7, "x", [], {}, [{}], {"x": [1]}):
            mutated = replaced(event, odd, *path)
            with sltrace.testing.strict():
                invocation, _ = traced(mutated)
            assert invocation.attributes["sltrace.event.source"] in expected, (path, odd)


@pytest.mark.parametrize(
    "result",
    [None, "done", [], {}, {"records": None}, {"records": "Ok"}],
)
def test_a_transformation_without_records_tells_nothing(result):
    assert events.load("firehose").response(result) == {}
    assert events.load("kinesis_analytics").response(result) == {}


def test_a_transformation_tells_what_it_counts_among_whatever_it_returns():
    outcomes = ["ProcessingFailed", "Dropped", "Ok", "ok", None, ["Dropped"], {"Dropped": 1}]
    result = {"records": [*({"result": each} for each in outcomes), None, "Dropped"]}
    expected = {"sltrace.batch.failures": 1, "sltrace.batch.dropped": 1}
    assert events.load("firehose").response(result) == expected


def test_kafkas_records_are_those_of_all_its_partitions_in_their_order():
    event = catalogued("kafka")
    found = events.load("kafka").records(event)
    assert [(each["partition"], each["offset"]) for each in found] == [(0, 15), (3, 201), (3, 202)]
    assert found[0] is event["records"]["orders-0"][0]


def test_kafka_identifies_a_record_by_partition_and_offset_in_a_partial_batch_response():
    source = events.load("kafka")
    record = source.records(catalogued("kafka"))[1]
    assert source.item_id(record) == {"partition": "orders-3", "offset": 201}
    assert source.record_id(record) == "orders-3-201"
    assert source.item_id({"topic": "orders", "partition": 3}) is None
    assert source.record_id({"topic": "orders", "offset": 3}) is None


def test_a_header_of_kafkas_is_read_whether_its_bytes_are_signed_or_not():
    state = "vendor=ü"
    signed = [byte - 256 if byte > 127 else byte for byte in state.encode()]
    record = {"headers": [{"traceparent": list(TRACEPARENT.encode())}, {"TraceState": signed}]}
    found = events.load("kafka").record_carrier(record)
    assert found == {"traceparent": TRACEPARENT, "TraceState": state}
    assert min(signed) < 0


@pytest.mark.parametrize("value", [None, 48, [], ["0"], [None], [0.5], [255, 254], [48] * 10_000])
def test_a_header_of_kafkas_that_is_no_text_is_left_out(value):
    record = {"headers": [{"traceparent": value}]}
    assert events.load("kafka").record_carrier(record) == {}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Jan 1, 1970, 12:33:41 AM", 2021),
        ("Jan 1, 1970, 12:33:41\u202fPM", 2021 + 12 * 3600),
        ("Jan 31, 2026, 9:30:00 AM", 1_769_851_800),
        ("Jan 31, 2026 11:59:59 PM", 1_769_903_999),
        (1_769_851_800, 1_769_851_800),
        ("Jan 31, 2026, 9:30:00", None),
        ("31 Jan 2026, 9:30:00 AM", None),
        ("Jan 31, 2026, :30:00 AM", None),
        ("Jan 31, 2026, ٩:30:00 AM", None),
        ("Foo 31, 2026, 9:30:00 AM", None),
        (" , " * 100_000, None),
    ],
)
def test_a_time_of_rabbitmqs_is_read_as_lambda_shows_it(text, seconds):
    record = {"basicProperties": {"timestamp": text}}
    expected = None if seconds is None else seconds * 1_000_000_000
    assert events.load("rabbitmq").record_time(record) == expected


def image(traceparent):
    return {"Id": {"S": "o-1"}, "traceparent": {"S": traceparent}}


@pytest.mark.parametrize(
    ("images", "found"),
    [
        ({"NewImage": image(TRACEPARENT)}, TRACEPARENT),
        ({"NewImage": image(TRACEPARENT), "OldImage": image(OTHER_SPAN)}, TRACEPARENT),
        ({"NewImage": image(TRACEPARENT), "OldImage": image(TRACEPARENT)}, None),
        ({"OldImage": image(TRACEPARENT)}, None),
        ({"NewImage": {"traceparent": {"N": "1"}}}, None),
        ({"NewImage": {"traceparent": {"S": 1}}}, None),
    ],
)
def test_a_context_that_an_item_had_before_is_not_the_changes_own(images, found):
    record = {"eventName": "MODIFY", "dynamodb": images}
    assert events.load("dynamodb_stream").record_carrier(record).get("traceparent") == found


def test_a_context_that_a_document_had_before_is_not_the_updates_own():
    source = events.load("documentdb_stream")
    change = {"operationType": "update", "fullDocument": {"traceparent": TRACEPARENT}}
    assert source.record_carrier({"event": change}) == {}
    change["updateDescription"] = {"updatedFields": {"traceparent": TRACEPARENT}}
    assert source.record_carrier({"event": change}) == {"traceparent": TRACEPARENT}


@pytest.mark.parametrize("module", ["firehose", "kinesis_analytics"])
def test_what_waits_for_the_functions_answer_ends_with_it(module):
    invocation, (hop,) = traced(catalogued(module))
    assert hop.start_time < invocation.start_time
    assert hop.end_time >= invocation.end_time


def test_a_record_of_a_stream_keeps_its_link_to_its_sender_in_a_batch_of_several():
    event = catalogued("kafka", 1)
    record = event["records"]["orders-7"][0]
    other = [{"traceparent": list(OTHER_SPAN.encode())}]
    event["records"]["orders-8"] = [{**record, "partition": 8, "headers": other}]
    invocation, _ = traced(event)
    linked = {link.context.span_id for link in invocation.links}
    assert linked == {SPAN_ID, 0x1111111111111111}


def test_a_pipes_records_are_taken_one_by_one_under_the_names_of_their_source():
    event = catalogued("eventbridge_pipes", 3)

    @sltrace.trace_handler
    def handler(event, context):
        return [record["offset"] for record in sltrace.records(event)]

    result, spans = invoke(handler, event)
    assert result == [15]
    (span,) = [span for span in spans if span.name == "process orders"]
    assert span.attributes["messaging.kafka.offset"] == 15
    assert span.attributes["messaging.message.id"] == "orders-0-15"
