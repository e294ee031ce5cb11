"""What a person sees of a trace, in plain ASCII."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sltrace._model import SpanKind, StatusCode
from sltrace.viewer import layout, waterfall
from sltrace.viewer.model import Event, Span, Trace
from sltrace.viewer.text import cells

EPOCH = 1_732_440_000_000_000_000

STACK = """Traceback (most recent call last):
  File "/var/task/orders/price.py", line 12, in lookup
    return PRICES[order]
KeyError: 'o-1'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/var/task/app.py", line 31, in handler
    total = price(order)
  File "/var/task/orders/price.py", line 14, in price
    raise PriceError(f"no price for {order}") from error
orders.price.PriceError: no price for o-1
"""


def drawn(trace, width=80, **options):
    """The waterfall as text, without the blanks at the ends of its lines."""
    lines = waterfall.lines(trace, width, **options)
    return "\n".join(layout.joined(line).rstrip() for line in lines)


def assert_drawn(trace, expected, width=80, **options):
    assert drawn(trace, width, **options) == expected.strip("\n")


def test_a_cold_start(make):
    assert_drawn(
        make.cold(),
        """
POST /orders -> 201    orders  v$LATEST  cold start  405 ms  1-6742f1c0-9f...e2
init                       ==================        301 ms
orders                                       ======  104 ms  request 8e6f1c2a...
  price                                      =       3.0 ms  items=3
  DynamoDB PutItem orders                    ===      48 ms  1.0 WCU
  DynamoDB GetItem orders                       ===   47 ms  0.5 RCU
""",
    )


def test_a_warm_invocation(make):
    assert_drawn(
        make.warm(),
        """
POST /orders -> 201        orders  v$LATEST          104 ms  1-6742f1c0-9f...e2
orders                     ========================  104 ms  request 8e6f1c2a...
  price                    =                         3.0 ms  items=3
  DynamoDB PutItem orders   ===========               48 ms  1.0 WCU
  DynamoDB GetItem orders               ===========   47 ms  0.5 RCU
""",
    )


def test_half_cells_where_the_terminal_has_them(make):
    assert_drawn(
        make.cold(),
        """
POST /orders -> 201    orders  v$LATEST  cold start  405 ms  1-6742f1c0-9f...e2
init                       ██████████████████        301 ms
orders                                       ██████  104 ms  request 8e6f1c2a...
  price                                      ▌       3.0 ms  items=3
  DynamoDB PutItem orders                    ███      48 ms  1.0 WCU
  DynamoDB GetItem orders                       ███   47 ms  0.5 RCU
""",
        ascii_only=False,
    )


def test_an_error_and_the_one_it_came_from(make):
    assert_drawn(
        make.failed(),
        """
POST /orders -> ERROR  orders  v$LATEST  9.4 ms  1-6742f1c0-9f...e2
orders   !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!  9.4 ms  ERROR PriceError: no price f...
  price     !!                           420 us  ERROR PriceError: no price f...

orders.price.PriceError: no price for o-1  in price, orders
    orders/price.py:14 in price  raise PriceError(f"no price for {order}") fr...
    app.py:31 in handler         total = price(order)
    ... 1 frame hidden (--full)
  caused by KeyError: 'o-1'
    orders/price.py:12 in lookup  return PRICES[order]
""",
    )


def test_sixty_columns(make):
    assert_drawn(
        make.cold(),
        """
POST /orders -> 201                 405 ms
orders  v$LATEST  cold start  1-6742f1c0-9f...e2
init                  =========     301 ms
orders                         ===  104 ms  request 8e6f1...
  price                        =    3.0 ms  items=3
  DynamoDB PutIte...           ==    48 ms  1.0 WCU
  DynamoDB GetIte...             =   47 ms  0.5 RCU
""",
        width=60,
    )


def test_a_terminal_too_narrow_for_details(make):
    assert_drawn(
        make.cold(),
        """
POST /orders -> 201               405 ms
orders  v$LATEST  cold start
1-6742f1c0-9f...e2
init           =============      301 ms
orders                      ====  104 ms
  price                     =     3.0 ms
  DynamoDB...               ==     48 ms
  DynamoDB...                 ==   47 ms
""",
        width=10,
    )


def test_a_wide_terminal_is_used_up_to_140_columns(make):
    trace = make.failed()
    assert max(map(len, drawn(trace, 300).splitlines())) <= 140
    assert drawn(trace, 300) == drawn(trace, 140)


def test_a_span_whose_parent_is_missing_says_so(make):
    invocation = make.invocation(0, 10)
    make.span("price", 1, 2, invocation)
    make.span("lost", 3, 4, "abcdabcdabcdabcd")
    assert_drawn(
        make.trace(),
        """
POST /orders -> 201  orders  v$LATEST             10 ms  1-6742f1c0-9f...e2
orders   ======================================   10 ms  request 8e6f1c2a...
  price      ====                                1.0 ms
lost                ====                         1.0 ms  parent abcdabcd missing
""",
    )


def test_spans_that_are_each_others_parents_are_shown_once(make):
    make.span("one", 0, 4, "00000000000000bb", span_id="00000000000000aa")
    make.span("two", 1, 3, "00000000000000aa", span_id="00000000000000bb")
    make.span("own parent", 2, 3, "00000000000000cc", span_id="00000000000000cc")
    assert_drawn(
        make.trace(),
        """
one         orders               4.0 ms  1-6742f1c0-9f...e2
one         ===================  4.0 ms  parents form a circle
  two            =========       2.0 ms
own parent            ====       1.0 ms  parents form a circle
""",
        width=62,
    )


def with_2000_spans(make):
    invocation = make.invocation(0, 4000)
    throttled = {"error.type": "ThrottlingException", "sltrace.aws.throttled": True}
    failed = {
        "attributes": throttled,
        "status": StatusCode.ERROR,
        "status_message": "Rate exceeded",
    }
    for at in range(1, 2000):
        more = failed if at == 1000 else {"capacity": '{"CapacityUnits":0.5}'}
        make.dynamodb("GetItem", at * 2, at * 2 + 1, invocation, **more)
    return make.trace()


def test_of_2000_spans_the_middle_is_hidden_but_not_its_errors(make):
    lines = drawn(with_2000_spans(make)).splitlines()
    assert len(lines) == 41
    assert lines[28:33] == [
        "  DynamoDB GetItem orders  =                    1.0 ms  0.5 RCU",
        "... 972 spans hidden       .........                    972 x DynamoDB GetIte...",
        "  DynamoDB GetItem orders            !          1.0 ms  ERROR ThrottlingExcep...",
        "... 993 spans hidden                 .........          993 x DynamoDB GetIte...",
        "  DynamoDB GetItem orders                    =  1.0 ms  0.5 RCU",
    ]
    assert lines[-3:] == [
        "1,965 spans hidden (--full shows all)",
        "",
        "ThrottlingException: Rate exceeded  in DynamoDB GetItem orders",
    ]


def test_in_full_every_span_and_attribute_is_there(make):
    trace = with_2000_spans(make)
    text = drawn(trace, full=True)
    assert "hidden" not in text
    assert text.count("  aws.request_id  ABC") == 1999


def test_errors_that_are_hidden_are_counted(make):
    invocation = make.invocation(0, 4000)
    for at in range(2000):
        make.span(f"task {at}", at, at + 1, invocation, status=StatusCode.ERROR)
    text = drawn(make.trace())
    assert "1,961 spans hidden, 1,961 of them failed (--full shows all)" in text
    assert "1,990 more errors (--full)" in text


def test_a_chain_deeper_than_pythons_stack(make):
    parent = None
    for at in range(3000):
        parent = make.span(f"level {at}", at, 4000, parent)
    text = drawn(make.trace(), 100)
    assert "level 0" in text
    assert "2999> level 2999" in text


def test_values_never_reach_the_terminal_raw(make):
    name = "\x1b[31mred\x1b[0m\r\n[bold]x[/bold] \u202e\x00\x9b31m \xe9"
    invocation = make.invocation(0, 10, name=name, attributes={"\x1b]0;title\x07": "\x1b[2J"})
    make.span("\ud800", 1, 2, invocation, status=StatusCode.ERROR, status_message="a\x1b[2Jb\nc")
    for ascii_only in (True, False):
        text = drawn(make.trace(), 140, ascii_only=ascii_only, full=True)
        assert all(char.isprintable() for char in text.replace("\n", ""))
        assert r"\x1b[31mred\x1b[0m\r\n[bold]x[/bold] \u202e\x00\x9b31m" in text
        assert text.isascii() is ascii_only
    assert_drawn(
        make.trace(),
        r"""
\x1b[31mred\x1b[0m\r\n[bold]x[/...   10 ms
orders  v$LATEST  1-6742f1c0-9f0123456789abcdef0123e2
orders    ========================   10 ms  request 8e6f1c2a...  \x1b]0;title...
  \ud800    !!!                     1.0 ms  ERROR a\x1b[2Jb\nc

a\x1b[2Jb  in \ud800
  c
""",
    )


def test_several_invocations_and_services(make):
    make.init(0, 250)
    alias = {"sltrace.alias": "live", "faas.version": "12"}
    first = make.invocation(250, 400, cold=True, attributes=alias)
    send = {"rpc.system": "aws-api", "rpc.service": "SQS", "rpc.method": "SendMessage"}
    sent = make.span("SQS.SendMessage", 300, 340, first, kind=SpanKind.CLIENT, attributes=send)
    mailer = {"service.name": "mailer"}
    about = {"faas.name": "mailer", "http.response.status_code": None}
    second = make.invocation(
        9000, 9100, name="mailer", parent=sent.span_id, cold=True, attributes=about, resource=mailer
    )
    status = {"http.response.status_code": 503}
    make.span("GET example.com", 9010, 9080, second, attributes=status, resource=mailer)
    assert_drawn(
        make.trace(),
        """
POST /orders -> 201                                    9.10 s
orders:live  v12  cold start  +1 invocation  1-6742f1c0-9f0123456789abcdef0123e2
init                   ==============                  250 ms
orders                               ========          150 ms  request 8e6f1c2a...
  SQS SendMessage                       ==              40 ms
    mailer                                     ======  100 ms  service mailer  cold start  reques...
      GET example.com                           ====    70 ms  HTTP 503
idle for 8.60 s in between, drawn short
""",
        width=100,
    )


CALLS = [
    ("PutItem", {"aws.dynamodb.consumed_capacity": ('{"CapacityUnits":1}',)}, "1.0 WCU"),
    ("Query", {"aws.dynamodb.consumed_capacity": ('{"CapacityUnits":2.5}',)}, "2.5 RCU"),
    (
        "TransactWriteItems",
        {
            "aws.dynamodb.consumed_capacity": (
                '{"CapacityUnits":4.0,"WriteCapacityUnits":4.0}',
                '{"ReadCapacityUnits":1.5,"WriteCapacityUnits":2}',
            )
        },
        "1.5 RCU  6.0 WCU",
    ),
    ("PutItem", {"aws.dynamodb.consumed_capacity": ("{", "[1]", '{"CapacityUnits":"x"}')}, ""),
    ("PutItem", {"aws.dynamodb.consumed_capacity": ('{"CapacityUnits":NaN}', 3, "[" * 9999)}, ""),
    ("PutItem", {"aws.dynamodb.consumed_capacity": "1"}, ""),
    ("GetItem", {"sltrace.aws.retries": 1}, "1 retry"),
    ("GetItem", {"sltrace.aws.retries": 2, "sltrace.aws.throttled": True}, "throttled  2 retries"),
    ("GetItem", {"sltrace.aws.retries": 0, "http.response.status_code": 200}, ""),
    ("GetItem", {"http.response.status_code": 400}, "HTTP 400"),
    ("Query", {"aws.dynamodb.count": 1, "aws.dynamodb.scanned_count": 1}, "1 item"),
    (
        "Scan",
        {"aws.dynamodb.count": 3, "aws.dynamodb.scanned_count": 1200},
        "3 items of 1,200 read",
    ),
    ("Query", {"aws.dynamodb.index_name": "by-day"}, "index by-day"),
]


@pytest.mark.parametrize(("method", "attributes", "expected"), CALLS)
def test_what_a_call_to_dynamodb_cost(make, method, attributes, expected):
    make.dynamodb(method, 0, 10, None, attributes=attributes)
    row = drawn(make.trace(), 100).splitlines()[1]
    assert row.partition(" ms")[2].strip() == expected


@pytest.mark.parametrize(
    ("tables", "expected"),
    [
        (("orders",), "DynamoDB GetItem orders"),
        (("orders", "stock", "users"), "DynamoDB GetItem orders +2"),
        (("arn:aws:dynamodb:eu-west-1:123456789012:table/orders",), "DynamoDB GetItem orders"),
        ((), "DynamoDB GetItem"),
        ("orders", "DynamoDB GetItem"),
        (None, "DynamoDB GetItem"),
    ],
)
def test_a_call_is_named_by_service_method_and_table(make, tables, expected):
    make.dynamodb("GetItem", 0, 10, None, attributes={"aws.dynamodb.table_names": tables})
    assert drawn(make.trace(), 100).splitlines()[1].startswith(f"{expected}  ==")


def test_an_aws_error_is_told_without_botocores_wrapping(make):
    told = "An error occurred (ConditionalCheckFailedException) when calling the PutItem operation"
    about = {
        "exception.type": "botocore.errorfactory.ConditionalCheckFailedException",
        "exception.message": f"{told}: The condition failed",
    }
    events = (Event("exception", 1, about),)
    make.dynamodb("PutItem", 0, 10, None, status=StatusCode.ERROR, events=events)
    expected = "ConditionalCheckFailedException: The condition failed"
    text = drawn(make.trace(), 140)
    assert f"ERROR {expected}" in text
    assert f"\n\n{expected}  in DynamoDB PutItem orders" in text


def test_an_exception_that_was_caught_is_told_as_such(make):
    about = {"exception.type": "app.Slow", "exception.message": "1 s"}
    make.span("price", 0, 10, events=(Event("exception", 1, about),))
    text = drawn(make.trace())
    assert "caught Slow: 1 s" in text
    assert "ERROR" not in text
    assert "app.Slow: 1 s  in price" in drawn(make.trace(), full=True)


def test_annotations_come_first_and_conventions_not_at_all(make):
    about = {
        "basket": "b 1",
        "vip": True,
        "sizes": (1, 2.5),
        "http.route": "/orders",
        "order_id": "o-1",
        "aws.xray.annotations": ("order_id",),
    }
    make.span("price", 0, 10, attributes=about)
    row = drawn(make.trace(), 140).splitlines()[1]
    assert row.endswith('order_id=o-1  basket="b 1"  vip=true  sizes=[1, 2.5]')


def test_what_the_recorder_had_no_room_for_is_said_in_full(make):
    make.span("price", 0, 10, dropped=3, links=("ab" * 16,))
    assert "linked to 1 span" in drawn(make.trace())
    text = drawn(make.trace(), full=True)
    assert "no room for 3 attributes, events or links" in text
    assert "linked to trace  " + "ab" * 16 in text


def test_an_environment_initialized_long_before_does_not_flatten_the_bars(make):
    make.init(0, 300)
    make.invocation(7_200_000, 7_200_100)
    title, init, invocation, note = drawn(make.trace()).splitlines()
    assert init.count("=") > 10
    assert invocation.count("=") > 3
    assert note == "idle for 2 h 00 min in between, drawn short"
    assert "2 h 00 min" in title


@pytest.mark.parametrize("width", range(40, 140))
def test_no_line_is_wider_than_the_terminal_and_no_cut_is_silent(make, width):
    trace = make.failed()
    for line in drawn(trace, width).splitlines():
        assert len(line) <= width
    row = drawn(trace, width).split("\n\n")[0].splitlines()[-1]
    assert row.endswith(("order_id=o-1", "...", "us"))


def test_an_error_fits_into_40_columns(make):
    stack = STACK.replace("/var/task/orders", "/usr/lib/python3/site-packages/orders")
    stack = stack.replace("/var/task/app.py", "/home/somebody/projects/orders/functions/app.py")
    about = {
        "exception.type": "orders.price.PriceError",
        "exception.message": f"no price for {'o' * 50}\n{'second line ' * 9}",
        "exception.stacktrace": stack,
    }
    make.invocation(0, 10, status=StatusCode.ERROR, events=(Event("exception", EPOCH, about),))
    below = drawn(make.trace(), 40).partition("\n\n")[2]
    assert (
        below
        == """
orders.price.PriceError: no price for...
  second line second line second line...
    ...rs/functions/app.py:31 in handler
    ... 1 frame hidden (--full)
  caused by KeyError: 'o-1'
    orders/price.py:12 in lookup  ret...
""".strip("\n")
    )
    assert "/site-packages/orders/price.py" in drawn(make.trace(), 40, full=True)


def again(make, times, *, at=0, **fields):
    """One event, invoked again and again, minutes apart; each in a process of its own."""
    for number in range(times):
        begin = at + number * 600_000
        make.init(begin, begin + 50)
        invocation = make.invocation(begin + 50, begin + 100, cold=True, **fields)
        make.span(f"step {number}", begin + 60, begin + 70, invocation)


def test_of_an_event_invoked_again_the_last_time_is_shown(make):
    again(make, 3)
    assert_drawn(
        make.trace(),
        """
POST /orders -> 201  orders  v$LATEST  cold start    100 ms  1-6742f1c0-9f...e2
init      =====================                       50 ms
orders                         ====================   50 ms  request 8e6f1c2a...
  step 2                           ====               10 ms
2 earlier invocations of this trace (--full shows all)
""",
    )
    assert "step 0" in drawn(make.trace(), full=True)
    assert "earlier" not in drawn(make.trace(), full=True)
    assert layout.joined(waterfall.summary(make.trace())).startswith("   100 ms ")


def test_an_event_without_a_parent_is_known_again_too(make):
    again(make, 2, parent="")
    assert "step 0" not in drawn(make.trace())
    assert "1 earlier invocation of this trace" in drawn(make.trace())


def test_what_an_earlier_invocation_caused_later_is_left_out_with_it(make):
    first = make.invocation(0, 10)
    sent = make.span("send", 1, 2, first)
    late = make.span("late", 500, 600, sent)
    make.span("below", 510, 520, late)
    make.invocation(300, 310)
    text = drawn(make.trace())
    assert "late" not in text
    assert "below" not in text


def test_invocations_at_the_same_time_or_below_others_are_no_repeats(make):
    caller = make.span("caller", 0, 100)
    for at in (0, 20, 40):
        make.invocation(at, at + 10, parent=caller.span_id)
    for at in (0, 5):
        make.invocation(at, at + 50)
    for service in ("one", "two"):
        make.invocation(70 if service == "one" else 90, 91, resource={"service.name": service})
    assert "earlier" not in drawn(make.trace())


def test_a_route_that_is_not_known_leaves_the_path_for_the_title(make):
    about = {"url.path": "/path/to/resource"}
    make.invocation(0, 10, name="POST", attributes=about)
    make.invocation(20, 30, name="POST", parent=make.made[0].span_id, attributes=about)
    text = drawn(make.trace(), 120)
    assert text.startswith("POST /path/to/resource -> 201  ")
    assert text.count("POST /path/to/resource -> 201") == 2


def test_the_path_is_in_the_title_where_the_source_knows_no_route(make):
    about = {"url.path": "/orders/o-1", "sltrace.event.source": "alb"}
    make.invocation(0, 10, name="orders", attributes=about)
    assert drawn(make.trace(), 120).startswith("POST /orders/o-1 -> 201  orders  alb  v$LATEST ")
    authorizer = {**about, "sltrace.event.source": "apigateway.authorizer.token"}
    other = make.invocation(20, 30, name="orders", attributes=authorizer)
    assert drawn(Trace.of([other]), 120).startswith("orders -> 201  ")


def test_a_status_of_500_alone_is_no_section_of_its_own(make):
    about = {"http.response.status_code": 500, "error.type": "500"}
    make.invocation(0, 10, status=StatusCode.ERROR, attributes=about)
    title, row = drawn(make.trace()).splitlines()
    assert "-> 500 ERROR" in title
    assert "ERROR 500" in row


def test_a_span_that_ends_before_it_starts_took_no_time(make):
    make.span("price", 10, 9.9999)
    assert "  0 us" in drawn(make.trace())
    assert "-" not in drawn(make.trace()).splitlines()[1]


def test_letters_are_kept_beside_bars_in_ascii(make):
    make.span("pr\xfcfen", 0, 10, attributes={"who": "Zo\xeb \u65e5\u672c"})
    row = drawn(make.trace(), ascii_only=False, ascii_bars=True).splitlines()[1]
    assert row.startswith("pr\xfcfen  ===")
    assert row.endswith('who="Zo\xeb \u65e5\u672c"')
    assert drawn(make.trace()).splitlines()[1].endswith(r'who="Zo\xeb \u65e5\u672c"')


def test_a_summary_for_lists(make):
    line = waterfall.summary(make.cold())
    expected = "   405 ms  1-6742f1c0-9f...e2  POST /orders -> 201  orders  v$LATEST  cold start"
    assert layout.joined(line) == expected


names = st.text(st.characters(), max_size=30)
values = st.one_of(names, st.integers(), st.floats(), st.booleans(), st.none(), st.tuples(names))
known = st.sampled_from(
    [
        *("faas.name", "faas.version", "faas.invocation_id", "faas.coldstart", "sltrace.alias"),
        *("rpc.system", "rpc.service", "rpc.method", "aws.dynamodb.table_names", "error.type"),
        *("aws.dynamodb.consumed_capacity", "aws.dynamodb.count", "sltrace.aws.retries"),
        *("http.response.status_code", "aws.xray.annotations", "aws.dynamodb.scanned_count"),
        *("sltrace.event.source", "sltrace.event.nested", "sltrace.event.age_ms"),
        *("sltrace.event.attempt", "messaging.batch.message_count", "sltrace.batch.failures"),
        *("sltrace.authorizer.decision", "messaging.message.id"),
    ]
)
attributes = st.dictionaries(st.one_of(known, names), values, max_size=6)
inferred = st.just({"sltrace.inferred": True})
exceptions = st.dictionaries(
    st.sampled_from(["exception.type", "exception.message", "exception.stacktrace"]), values
)
times = st.integers(0, (1 << 64) - 1)
identities = st.sampled_from(["", *(f"{at:016x}" for at in range(1, 6))])
spans = st.builds(
    Span,
    st.just("ab" * 16),
    identities,
    identities,
    names,
    times,
    times,
    st.sampled_from(SpanKind),
    st.sampled_from(StatusCode),
    names,
    st.booleans(),
    st.one_of(attributes, inferred),
    st.lists(st.builds(Event, st.just("exception"), times, exceptions), max_size=2).map(tuple),
    resource=attributes,
)


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=12), st.integers(0, 200), st.booleans(), st.booleans())
def test_any_trace_can_be_drawn(made, width, ascii_only, full):
    trace = Trace.of(made)
    lines = waterfall.lines(trace, width, ascii_only=ascii_only, full=full)
    text = [layout.joined(line) for line in lines]
    assert all(line.isprintable() for line in text)
    assert all(line.isascii() for line in text) or not ascii_only
    assert full or all(cells(line) <= max(width, 40) for line in text)
    assert cells(layout.joined(waterfall.summary(trace, width))) <= max(width, 40)
    rows = [line for line in lines if any(style.startswith("bar.") for _, style in line)]
    assert len(rows) == len(trace.spans)
    assert waterfall.summary(trace)
