"""``@sltrace.trace_handler``: what an invocation's span tells, and what passes unchanged."""

import asyncio
import traceback

import pytest
from tests_invoking import REST, invoke

import sltrace
from sltrace._model import StatusCode


def test_the_invocation_is_one_server_span_with_the_functions_attributes():
    @sltrace.trace_handler
    def handler(event, context):
        return {"ok": True}

    context = sltrace.testing.context(
        function_name="orders", function_version="7", alias="live", memory_limit_in_mb=256
    )
    with sltrace.testing.capture() as spans:
        assert handler({}, context) == {"ok": True}

    (span,) = spans
    assert span.name == "orders"
    assert span.kind is sltrace.SpanKind.SERVER
    arn = "arn:aws:lambda:us-east-1:123456789012:function:orders"
    expected = {
        "cloud.provider": "aws",
        "cloud.platform": "aws_lambda",
        "cloud.region": "us-east-1",
        "cloud.account.id": "123456789012",
        "cloud.resource_id": f"{arn}:7",
        "aws.lambda.invoked_arn": f"{arn}:live",
        "faas.name": "orders",
        "faas.version": "7",
        "faas.invocation_id": context.aws_request_id,
        "faas.instance": context.log_stream_name,
        "faas.max_memory": 256 * 1024 * 1024,
        "faas.trigger": "other",
        "faas.coldstart": True,
        "sltrace.alias": "live",
        "sltrace.event.source": "other",
        "sltrace.sandbox.init_type": "on-demand",
        "sltrace.sandbox.invocation": 1,
    }
    assert {key: span.attributes.get(key) for key in expected} == expected
    assert 2000 < span.attributes["sltrace.remaining_time_ms"] <= 3000
    assert span.attributes["sltrace.sandbox.age_ms"] >= 0


@pytest.mark.parametrize(("qualifier", "alias"), [(None, None), ("$LATEST", None), ("7", None)])
def test_a_version_is_no_alias(qualifier, alias):
    @sltrace.trace_handler
    def handler(event, context):
        return None

    _, (span,) = invoke(handler, alias=qualifier)
    assert span.attributes.get("sltrace.alias") == alias


def test_the_second_invocation_is_warm_and_tells_how_long_the_sandbox_idled():
    @sltrace.trace_handler
    def handler(event, context):
        return None

    _, (first,) = invoke(handler)
    _, (second,) = invoke(handler)
    assert "sltrace.sandbox.idle_ms" not in first.attributes
    assert second.attributes["faas.coldstart"] is False
    assert second.attributes["sltrace.sandbox.invocation"] == 2
    assert second.attributes["sltrace.sandbox.idle_ms"] >= 0
    assert second.context.trace_id != first.context.trace_id


def test_an_exception_is_recorded_and_raised_as_it_was():
    error = ValueError("no such item")

    @sltrace.trace_handler
    def handler(event, context):
        raise error

    with sltrace.testing.capture() as spans, pytest.raises(ValueError) as raised:
        handler({}, None)

    assert raised.value is error
    frames = [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]
    assert frames[-2:] == ["handler", "handler"], "one frame of ours, then the handler's own"
    assert spans[0].status.status_code is StatusCode.ERROR
    assert spans[0].events[0].attributes["exception.message"] == "no such item"


def test_the_exceptions_cause_and_context_are_what_the_handler_made_them():
    def fails(how):
        try:
            raise KeyError("inner")
        except KeyError as inner:
            if how == "cause":
                raise ValueError("outer") from inner
            if how == "none":
                raise ValueError("outer") from None
            raise ValueError("outer")  # noqa: B904 - the context is what is tested

    def chain(call, how):
        with pytest.raises(ValueError, match="outer") as raised:
            call(how, None)
        error = raised.value
        return type(error.__cause__), type(error.__context__), error.__suppress_context__

    bare = [chain(lambda event, context: fails(event), how) for how in ("cause", "none", "bare")]
    traced = sltrace.trace_handler(lambda event, context: fails(event))
    with sltrace.testing.capture():
        assert [chain(traced, how) for how in ("cause", "none", "bare")] == bare


@pytest.mark.parametrize("leave", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_what_is_no_exception_passes_too(leave):
    @sltrace.trace_handler
    def handler(event, context):
        raise leave

    with sltrace.testing.capture() as spans, pytest.raises(type(leave)) as raised:
        handler({}, None)

    assert raised.value is leave
    assert len(spans) == 1


def test_the_frame_of_ours_is_one_that_lambdas_runtime_leaves_out_of_the_error():
    @sltrace.trace_handler
    def handler(event, context):
        raise ValueError

    with sltrace.testing.capture(), pytest.raises(ValueError) as raised:
        handler({}, None)

    ours = traceback.extract_tb(raised.value.__traceback__)[1]
    assert "/bootstrap.py" in ours.filename.replace("\\", "/")


def test_an_async_handler_stays_a_coroutine_function():
    @sltrace.trace_handler
    async def handler(event, context):
        await asyncio.sleep(0)
        with sltrace.span("inside"):
            return event

    with sltrace.testing.capture() as spans:
        assert asyncio.run(handler({"a": 1}, sltrace.testing.context())) == {"a": 1}

    inside, invocation = spans
    assert inside.parent.span_id == invocation.context.span_id


def test_an_async_handlers_exception_is_recorded_and_raised_as_it_was():
    @sltrace.trace_handler
    async def handler(event, context):
        raise ValueError("late")

    with sltrace.testing.capture() as spans, pytest.raises(ValueError, match="late"):
        asyncio.run(handler({}, None))

    assert spans[0].status.description == "ValueError: late"


def test_methods_static_methods_and_callable_objects_are_handlers_too():
    class Api:
        @sltrace.trace_handler
        def method(self, event, context):
            return self, event

        @sltrace.trace_handler
        @staticmethod
        def static(event, context):
            return event

        @sltrace.trace_handler
        @classmethod
        def of_class(cls, event, context):
            return cls

        @sltrace.trace_handler
        def __call__(self, event, context):
            return event

    api = Api()
    with sltrace.testing.capture() as spans:
        context = sltrace.testing.context(function_name="api")
        assert api.method(REST, context) == (api, REST)
        assert Api.static(1, context) == 1
        assert api.of_class(2, context) is Api
        assert api(3, context) == 3
        assert sltrace.trace_handler(Api().method)(event=4, context=context)[1] == 4

    assert [span.name for span in spans] == ["POST /orders/{id}"] + ["api"] * 4


def test_what_is_no_handler_is_left_as_it_is_with_one_warning(capsys):
    assert sltrace.trace_handler(3) == 3
    assert "trace_handler is for a handler" in capsys.readouterr().err


def test_a_handler_decorated_twice_is_recorded_once():
    @sltrace.trace_handler(service="outer")
    @sltrace.trace_handler(service="orders")
    def handler(event, context):
        return None

    _, spans = invoke(handler)
    assert len(spans) == 1
    assert spans[0].resource.attributes["service.name"] == "orders"


def test_a_handler_called_by_another_is_a_step_of_its_invocation():
    @sltrace.trace_handler
    def inner(event, context):
        return "inner"

    @sltrace.trace_handler
    def outer(event, context):
        return inner(event, context)

    _, (step, invocation) = invoke(outer)
    assert step.kind is sltrace.SpanKind.INTERNAL
    assert step.parent.span_id == invocation.context.span_id
    assert invocation.attributes["sltrace.sandbox.invocation"] == 1


def test_a_span_left_open_by_the_module_does_not_swallow_the_invocation():
    @sltrace.trace_handler
    def handler(event, context):
        return None

    leaked = sltrace.span("never ended").__enter__()
    try:
        _, (span,) = invoke(handler)
        assert span.kind is sltrace.SpanKind.SERVER
    finally:
        leaked.leave()


def test_two_invocations_at_once_keep_their_spans_apart():
    @sltrace.trace_handler
    async def handler(event, context):
        with sltrace.span(f"step {event}"):
            await asyncio.sleep(0)
            sltrace.annotate(event=event)

    async def main():
        await asyncio.gather(*(handler(n, sltrace.testing.context()) for n in range(3)))

    with sltrace.testing.capture() as spans:
        asyncio.run(main())

    steps = [span for span in spans if span.name.startswith("step")]
    assert len({span.context.trace_id for span in spans}) == 3
    assert all(span.name == f"step {span.attributes['event']}" for span in steps)


def test_any_context_will_do():
    @sltrace.trace_handler
    def handler(event, context):
        return context

    class Odd:
        aws_request_id = 7
        memory_limit_in_mb = "much"
        invoked_function_arn = "arn:none"

        def get_remaining_time_in_millis(self):
            raise RuntimeError

        @property
        def function_name(self):
            raise RuntimeError

    for context in (None, object(), Odd(), {"aws_request_id": "x"}):
        with sltrace.testing.capture() as spans:
            assert handler({}, context) is context
        assert len(spans) == 1


def test_disabled_the_handler_runs_unrecorded(monkeypatch):
    @sltrace.trace_handler
    def handler(event, context):
        with sltrace.span("inside"):
            return 1

    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    sltrace.configure()
    result, spans = invoke(handler)
    assert (result, spans) == (1, [])


def test_the_service_is_the_decorators_then_the_variables_then_the_functions(monkeypatch):
    def service(**options):
        @sltrace.trace_handler(**options)
        def handler(event, context):
            return None

        _, (span,) = invoke(handler)
        return span.resource.attributes["service.name"]

    assert service() == "unknown_service:python"
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=by%20resource,team=shop")
    sltrace.configure()
    assert service() == "by resource"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "by-name")
    sltrace.configure()
    assert service() == "by-name"
    sltrace.configure(service="by-call")
    assert service() == "by-call"
    assert service(service="by-decorator") == "by-decorator"


def test_no_number_of_the_applications_attributes_pushes_out_which_request_it_was():
    @sltrace.trace_handler
    def handler(event, context):
        for number in range(200):
            sltrace.annotate(**{f"a{number}": number})
        return {"statusCode": 201}

    context = sltrace.testing.context(function_name="orders")
    with sltrace.testing.capture() as spans:
        handler(REST, context)

    (span,) = spans
    assert len(span.attributes) == 128
    assert span.attributes["faas.name"] == "orders"
    assert span.attributes["faas.invocation_id"] == context.aws_request_id
    assert span.attributes["sltrace.event.source"] == "apigateway.rest"
    assert span.attributes["a199"] == 199
    assert span.attributes["http.response.status_code"] == 201


@pytest.mark.parametrize("limit", ["0", "3"])
def test_a_limit_below_what_identifies_an_invocation_still_holds(limit, monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", limit)
    sltrace.configure()

    @sltrace.trace_handler
    def handler(event, context):
        sltrace.annotate(last=1)

    _, (span,) = invoke(handler, REST)
    assert len(span.attributes) == int(limit)


def test_a_span_that_the_handler_leaves_open_does_not_outlast_the_invocation():
    @sltrace.trace_handler
    def handler(event, context):
        sltrace.span("never ended").__enter__()
        return sltrace.current_span().previous

    for _ in range(3):
        above, (span,) = invoke(handler)
        assert above is span
        assert span.previous is None
        assert not sltrace.current_span().is_recording()
