"""What a person sees of how an invocation came about: stages before it, its event, its records."""

from __future__ import annotations

import pytest

from sltrace._model import SpanKind, StatusCode
from sltrace.viewer import layout, waterfall
from sltrace.viewer.model import Event, Trace

HOUR = 3_600_000


def drawn(trace, width=100, **options):
    """The waterfall as text, without the blanks at the ends of its lines."""
    lines = waterfall.lines(trace, width, **options)
    return "\n".join(layout.joined(line).rstrip() for line in lines)


def assert_drawn(trace, expected, **options):
    assert drawn(trace, **options) == expected.strip("\n")


def moment(name, at, epoch):
    return Event(name, epoch + at * 1_000_000, {})


def test_a_gateway_that_waited_for_the_function(make):
    gateway = make.stage("API Gateway POST /orders", 0, 150)
    invocation = make.invocation(40, 145, parent=gateway)
    make.span("price", 50, 60, invocation)
    assert_drawn(
        make.trace(),
        """
POST /orders -> 201       orders  v$LATEST                               150 ms  1-6742f1c0-9f...e2
API Gateway POST /orders  ---------------------------------------------  150 ms  inferred
  orders                              ================================   105 ms  request 8e6f1c2a...
    price                                ===                              10 ms
""",
    )


def test_a_message_that_waited_for_hours_leaves_the_function_its_room(make):
    queue = make.stage("SQS orders", 0, 2 * HOUR)
    invocation = make.woken(2 * HOUR, 2 * HOUR + 100, queue, **{"sltrace.event.age_ms": 2.0 * HOUR})
    make.dynamodb("PutItem", 2 * HOUR + 50, 2 * HOUR + 90, invocation)
    assert_drawn(
        make.trace(),
        """
orders                       sqs  v$LATEST                2 h 00 min  1-6742f1c0-9f...e2
SQS orders                   --                           2 h 00 min  inferred
  orders                       =========================      100 ms  event 2 h 00 min old  reque...
    DynamoDB PutItem orders                 ==========         40 ms
waited 2 h 00 min before the function, drawn short
""",
    )


def test_each_stage_of_a_chain_has_its_place(make):
    bus = make.stage("EventBridge Order Placed", 0, 10_000)
    topic = make.stage("SNS order-events", 10_000, 10_020, bus)
    queue = make.stage("SQS orders", 10_020, 20_000, topic)
    nested = {"sltrace.event.nested": ("sns", "eventbridge"), "sltrace.event.age_ms": 9980.0}
    make.woken(20_000, 20_100, queue, **nested)
    assert_drawn(
        make.trace(),
        """
orders                 eventbridge > sns > sqs  v$LATEST  20.1 s  1-6742f1c0-9f...e2
EventBridge Order Placed  --                              10.0 s  inferred
  SNS order-events          ----                           20 ms  inferred
    SQS orders                  --                        10.0 s  inferred
      orders                      ======================  100 ms  event 10.0 s old  request 8e6f1...
waited 20.0 s before the function, drawn short
""",
    )


def test_a_stage_is_hollow_where_the_terminal_has_blocks(make):
    queue = make.stage("SQS orders", 0, 50)
    make.woken(50, 100, queue)
    lines = waterfall.lines(make.trace(), 80, ascii_only=False)
    label, bar, *_ = lines[1]
    assert label == ("SQS orders  ", "inferred")
    assert set(bar[0].strip()) == {"\N{LIGHT SHADE}"}
    assert bar[1] == "bar.inferred"
    assert ("inferred", "muted") in lines[1]
    assert lines[2][1][0].index("\N{FULL BLOCK}") == len(bar[0].rstrip())


def test_a_stage_is_never_taken_for_what_the_trace_is_about(make):
    queue = make.stage("SQS orders", 0, 50, kind=SpanKind.SERVER, resource={"faas.name": "orders"})
    make.span("work", 50, 60, queue)
    assert drawn(make.trace()).startswith("work ")
    assert drawn(Trace.of([queue])).startswith("SQS orders ")


def test_an_init_comes_before_the_stages_of_the_invocation_that_waited_for_it(make):
    gateway = make.stage("API Gateway POST /orders", 0, 500)
    make.init(100, 400)
    make.invocation(401, 500, parent=gateway, cold=True)
    labels = [line.split("  ")[0] for line in drawn(make.trace()).splitlines()]
    assert labels[1:3] == ["init", "API Gateway POST /orders"]


def test_stages_that_are_each_others_parents_do_no_harm(make):
    one = make.stage("SQS one", 0, 10, "00000000000000bb", span_id="00000000000000aa")
    two = make.stage("SQS two", 0, 10, one, span_id="00000000000000bb")
    make.woken(10, 20, two)
    assert drawn(make.trace()).count("inferred") == 2


def test_a_queue_between_two_functions_belongs_to_neither(make):
    first = make.invocation(0, 100)
    queue = make.stage("SQS mails", 90, HOUR, first, resource={"service.name": "mailer"})
    about = {"faas.name": "mailer", "sltrace.event.source": "sqs", "http.request.method": None}
    about |= {"http.response.status_code": None}
    mailer = {"service.name": "mailer"}
    make.invocation(
        HOUR, HOUR + 100, name="mailer", parent=queue, attributes=about, resource=mailer
    )
    rows = drawn(make.trace(), 120).splitlines()
    assert "service" not in rows[2]
    assert "service mailer  sqs  request" in rows[3]
    assert rows[4] == "waited 1 h 00 min before the function, drawn short"


def test_a_short_wait_is_drawn_as_long_as_it_was(make):
    queue = make.stage("SQS orders", 0, 100)
    make.woken(100, 200, queue)
    rows = drawn(make.trace()).splitlines()
    assert len(rows) == 3
    assert abs(rows[1].count("-") - rows[2].count("=")) <= 1


def test_a_gateway_is_drawn_short_only_where_it_leaves_the_function_nothing(make):
    gateway = make.stage("API Gateway POST /orders", 0, 100)
    make.invocation(80, 100, parent=gateway)
    assert "drawn short" not in drawn(make.trace())
    execution = make.stage("StepFunctions Charge", 0, 900_100)
    last = make.woken(900_000, 900_100, execution)
    _, stage, row, note = drawn(Trace.of([execution, last])).splitlines()
    assert stage.count("-") > row.count("=") > 20
    assert note == "waited 15 min 00 s before the function, drawn short"


def test_a_wait_and_an_idle_time_are_told_apart(make):
    make.init(0, 100)
    queue = make.stage("SQS orders", HOUR, 2 * HOUR)
    make.woken(2 * HOUR, 2 * HOUR + 50, queue)
    assert drawn(make.trace()).splitlines()[-2:] == [
        "idle for 1 h 00 min in between, drawn short",
        "waited 1 h 00 min before the function, drawn short",
    ]


def test_a_message_received_long_before_says_when_it_first_was(make):
    queue = make.stage("SQS orders", 0, 65_000)
    events = (moment("first received", 1000, queue.start),)
    again = make.stage("SQS orders", 0, 65_000, events=events)
    assert "inferred  first received after 1.00 s" in drawn(Trace.of([again]))
    events = (moment("first received", 64_990, queue.start),)
    once = make.stage("SQS orders", 0, 65_000, events=events)
    assert "first received" not in drawn(Trace.of([once]))


EVENTS = [
    ({}, ""),
    ({"sltrace.event.attempt": 1, "sltrace.event.age_ms": 999.9}, ""),
    ({"sltrace.event.attempt": 3}, "attempt 3"),
    ({"sltrace.event.redelivered": True}, "redelivered"),
    ({"sltrace.event.age_ms": 1000.0}, "event 1.00 s old"),
    ({"sltrace.event.age_ms": 65_000}, "event 1 min 05 s old"),
    ({"sltrace.event.age_ms": float("nan"), "sltrace.event.attempt": "3"}, ""),
    ({"messaging.batch.message_count": 1}, ""),
    ({"messaging.batch.message_count": 1000}, "1,000 records"),
    ({"messaging.batch.message_count": 10, "sltrace.batch.failures": 0}, "10 records"),
    ({"messaging.batch.message_count": 10, "sltrace.batch.failures": 2}, ""),
    ({"messaging.system": "aws_sqs", "messaging.destination.name": "orders"}, ""),
]


@pytest.mark.parametrize(("about", "expected"), EVENTS)
def test_what_matters_of_an_event_stands_beside_the_invocation(make, about, expected):
    make.woken(0, 100, "f" * 16, **about)
    row = drawn(make.trace(), 140).splitlines()[1]
    assert row.partition(" ms  ")[2].rpartition("request")[0].strip() == expected


OUTCOMES = [
    ({"sltrace.batch.failures": 2, "messaging.batch.message_count": 10}, "2 of 10 failed"),
    ({"sltrace.batch.failures": 1200, "messaging.batch.message_count": 3}, "1,200 failed"),
    ({"sltrace.batch.failures": 2}, "2 failed"),
    ({"sltrace.authorizer.decision": "allow"}, "allow"),
    ({"sltrace.authorizer.decision": "deny"}, "deny"),
]


@pytest.mark.parametrize(("about", "expected"), OUTCOMES)
def test_an_outcome_that_is_no_status_is_in_the_title(make, about, expected):
    make.woken(0, 100, "f" * 16, **about)
    title, row = drawn(make.trace()).splitlines()
    assert title.startswith(f"orders -> {expected}  ")
    assert expected not in row
    assert f"orders -> {expected}" in layout.joined(waterfall.summary(make.trace()))


def test_an_outcome_that_lets_nobody_in_warns(make):
    for decision, style in (("deny", "warning"), ("allow", "good")):
        span = make.woken(0, 100, "f" * 16, **{"sltrace.authorizer.decision": decision})
        lines = waterfall.lines(Trace.of([span]), 80)
        assert (f" -> {decision}", style) in lines[0]


def test_an_outcome_of_a_later_invocation_is_in_its_row(make):
    first = make.invocation(0, 200)
    make.woken(10, 100, first, **{"sltrace.batch.failures": 2})
    assert "sqs  2 failed  request" in drawn(make.trace(), 120)


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({}, "sqs"),
        ({"sltrace.event.source": "other"}, ""),
        ({"sltrace.event.source": None}, ""),
        ({"sltrace.event.source": "alb", "http.request.method": "GET"}, "alb"),
        ({"sltrace.event.source": "alb", "http.request.method": "orders"}, ""),
        ({"sltrace.event.nested": ("s3",)}, "s3 > sqs"),
        ({"sltrace.event.nested": "s3"}, "sqs"),
    ],
)
def test_the_title_says_where_the_event_came_from(make, about, expected):
    make.woken(0, 100, "f" * 16, **about)
    facts = drawn(make.trace()).splitlines()[0]
    assert facts.partition("orders")[2].partition("v$LATEST")[0].strip() == expected


def batch(make, records, failed=()):
    about = {"messaging.batch.message_count": records, "sltrace.batch.failures": len(failed)}
    queue = make.stage("SQS orders", 0, 50)
    invocation = make.woken(50, 60 + 10 * records, queue, **about)
    for at in range(records):
        error = {"exception.type": "app.PriceError", "exception.message": f"no price for o-{at}"}
        more = (
            {"status": StatusCode.ERROR, "events": (Event("exception", 1, error),)}
            if at in failed
            else {}
        )
        begin = 55 + 10 * at
        record = make.record(begin, begin + 9, invocation, f"{at:08x}-87a3-44ab", **more)
        make.dynamodb("PutItem", begin + 1, begin + 8, record)
    return make.trace()


def test_ten_records_are_shown_each_with_its_id(make):
    text = drawn(batch(make, 10, failed={3}), 140)
    assert text.startswith("orders -> 1 of 10 failed  ")
    assert text.count("  process orders ") == 10
    assert text.count("message 0000000") == 10
    assert text.count("ERROR PriceError: no price for") == 1
    assert "hidden" not in text
    assert "app.PriceError: no price for o-3  in process orders" in text


def test_of_a_thousand_records_those_that_failed_stay(make):
    lines = drawn(batch(make, 1000, failed={3, 700}), 140).splitlines()
    hidden = [line for line in lines if line.startswith("... ")]
    assert [line.split("  ")[0] for line in hidden] == [
        "... 1,374 spans hidden",
        "... 593 spans hidden",
    ]
    assert hidden[0].endswith("687 x process orders, 687 x DynamoDB PutItem orders")
    assert sum(line.lstrip().startswith("process orders") and "!" in line for line in lines) == 2
    assert "1,967 spans hidden (--full shows all)" in lines


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        ({"messaging.message.id": "059f36b4-87a3-44ab-83d2-661975830a7d"}, "message 059f36b4..."),
        ({"messaging.message.id": "49590338271490256608559692538361571095"}, "message ...61571095"),
        ({"messaging.message.id": "orders-0-15"}, "message orders-0..."),
        ({"messaging.message.id": "15"}, "message 15"),
        ({"messaging.message.id": "", "sltrace.event.attempt": 2}, "attempt 2"),
    ],
)
def test_a_record_is_told_from_the_others(make, about, expected):
    make.record(0, 10, None, "", attributes=about)
    assert drawn(make.trace()).splitlines()[1].partition(" ms")[2].strip() == expected


def test_many_senders_are_a_number(make):
    invocation = make.woken(0, 100, "")
    linked = make.span("process orders", 1, 2, invocation, links=("ab" * 16,) * 10)
    assert "linked to 10 spans" in drawn(Trace.of([invocation, linked]))


def test_an_event_invoked_again_is_known_again_through_its_stages(make):
    for at in (10_000, 70_000):
        queue = make.stage("SQS orders", 0, at)
        invocation = make.woken(at, at + 50, queue)
        make.span(f"step {at}", at, at + 10, invocation)
    text = drawn(make.trace())
    assert text.count("SQS orders") == 1
    assert "step 70000" in text
    assert "step 10000" not in text
    assert "1 earlier invocation of this trace" in text
    assert drawn(make.trace(), full=True).count("SQS orders  ") > 1


def test_two_messages_of_one_sender_are_no_repeats(make):
    for sent, at in ((0, 10_000), (50, 70_000)):
        make.woken(at, at + 50, make.stage("SQS orders", sent, at))
    text = drawn(make.trace())
    assert "+1 invocation" in text
    assert "earlier" not in text


@pytest.mark.parametrize("width", [40, 60, 80, 110, 140])
def test_no_line_is_wider_than_the_terminal(make, width):
    for line in drawn(batch(make, 40, failed={7}), width).splitlines():
        assert len(line) <= width
