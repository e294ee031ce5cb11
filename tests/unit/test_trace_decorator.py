"""``@sltrace.trace`` on every kind of function."""

import asyncio
import contextlib
import functools
import gc
import inspect
import traceback
import types
import weakref

import pytest

import sltrace
from sltrace._model import StatusCode


def names(spans):
    return [span.name for span in spans]


def test_a_function_keeps_its_name_result_and_arguments():
    @sltrace.trace
    def price(items, *, currency):
        """Price the items."""
        return items, currency

    with sltrace.testing.capture() as spans:
        assert price(3, currency="EUR") == (3, "EUR")

    assert price.__doc__ == "Price the items."
    assert names(spans) == ["test_a_function_keeps_its_name_result_and_arguments.price"]


def test_name_kind_and_attributes_can_be_given():
    @sltrace.trace(name="price", kind=sltrace.SpanKind.CLIENT, tier="gold")
    def f():
        return 1

    with sltrace.testing.capture() as spans:
        f()

    assert spans[0].name == "price"
    assert spans[0].kind is sltrace.SpanKind.CLIENT
    assert dict(spans[0].attributes) == {"tier": "gold"}


def test_methods_static_and_class_methods_are_traced_in_either_order_of_decorators():
    class Shop:
        @sltrace.trace(name="method")
        def method(self):
            return self

        @staticmethod
        @sltrace.trace(name="static")
        def static():
            return "static"

        @sltrace.trace(name="class")
        @classmethod
        def of_class(cls):
            return cls

    shop = Shop()
    with sltrace.testing.capture() as spans:
        assert shop.method() is shop
        assert shop.static() == "static"
        assert shop.of_class() is Shop

    assert names(spans) == ["method", "static", "class"]


def test_a_partial_and_a_callable_object_are_traced():
    class Price:
        def __call__(self, items):
            return items

    async def load(key):
        return key

    with sltrace.testing.capture() as spans:
        assert (
            sltrace.trace(
                Price(),
            )(3)
            == 3
        )
        assert (
            asyncio.run(
                sltrace.trace(
                    functools.partial(load, "k"),
                )()
            )
            == "k"
        )

    assert names(spans) == ["Price", "partial"]


@pytest.mark.parametrize("target", [3, None.__class__, type("Shop", (), {})])
def test_what_is_no_function_is_left_as_it_is_with_one_warning(target, capsys):
    assert sltrace.trace(name="x")(target) is target
    assert capsys.readouterr().err.count("left as it is") == 1


def test_a_coroutine_function_stays_one_and_its_span_lasts_until_it_is_done():
    @sltrace.trace(name="load")
    async def load():
        await asyncio.sleep(0)
        with sltrace.span("inside"):
            return 1

    assert inspect.iscoroutinefunction(load)
    with sltrace.testing.capture() as spans:
        assert asyncio.run(load()) == 1

    inside, outer = spans
    assert inside.parent.span_id == outer.context.span_id


def test_gathered_coroutines_each_keep_their_own_current_span():
    @sltrace.trace
    async def load(key):
        with sltrace.span(f"get {key}"):
            await asyncio.sleep(0)
            with sltrace.span(f"parse {key}"):
                await asyncio.sleep(0)

    async def main():
        with sltrace.span("main"):
            await asyncio.gather(*(load(key) for key in "abc"))

    with sltrace.testing.capture() as spans:
        asyncio.run(main())

    by_id = {span.context.span_id: span for span in spans}
    for span in spans:
        if span.name.startswith("parse"):
            parent = by_id[span.parent.span_id]
            assert parent.name == span.name.replace("parse", "get")
            assert by_id[by_id[parent.parent.span_id].parent.span_id].name == "main"


def test_a_generator_is_current_only_while_its_own_code_runs():
    @sltrace.trace(name="pages")
    def pages():
        for number in range(3):
            with sltrace.span(f"page {number}"):
                yield sltrace.current_span().name
                assert sltrace.current_span().name == f"page {number}"

    with sltrace.testing.capture() as spans, sltrace.span("reader"):
        for seen in pages():
            assert seen.startswith("page")
            assert sltrace.current_span().name == "reader"
            with sltrace.span("use"):
                pass

    assert names(spans) == ["use", "page 0", "use", "page 1", "use", "page 2", "pages", "reader"]
    reader, own = spans[-1], spans[-2]
    assert own.parent.span_id == reader.context.span_id
    for span in spans[:-2]:
        expected = reader if span.name == "use" else own
        assert span.parent.span_id == expected.context.span_id


def test_a_generator_takes_sent_and_thrown_values_and_returns_its_own():
    @sltrace.trace(name="echo")
    def echo():
        got = []
        try:
            while True:
                got.append((yield len(got)))
        except KeyError:
            return got

    with sltrace.testing.capture() as spans:
        generator = echo()
        assert next(generator) == 0
        assert generator.send("a") == 1
        with pytest.raises(StopIteration) as stop:
            generator.throw(KeyError("end"))

    assert stop.value.value == ["a"]
    assert spans[0].status.status_code is StatusCode.UNSET


def test_a_generator_that_fails_records_it_and_one_closed_early_has_not_failed():
    @sltrace.trace(name="pages")
    def pages(fail):
        yield 1
        if fail:
            raise ValueError("page 2")
        yield 2

    with sltrace.testing.capture() as spans:
        with pytest.raises(ValueError, match="page 2"):
            list(pages(fail=True))
        early = pages(fail=False)
        next(early)
        early.close()

    failed, closed = spans
    assert failed.status.description == "ValueError: page 2"
    assert closed.status.status_code is StatusCode.UNSET
    assert closed.events == ()


def test_an_async_generator_is_traced_to_its_end_its_failure_or_its_close():
    @sltrace.trace(name="pages")
    async def pages(fail=False):
        for number in range(2):
            with sltrace.span(f"page {number}"):
                await asyncio.sleep(0)
                yield number
        if fail:
            raise ValueError("page 2")

    async def main():
        with sltrace.span("reader"):
            async for _ in pages():
                assert sltrace.current_span().name == "reader"
            with pytest.raises(ValueError, match="page 2"):
                [number async for number in pages(fail=True)]
            early = pages()
            await early.__anext__()
            await early.aclose()

    assert inspect.isasyncgenfunction(pages)
    with sltrace.testing.capture() as spans:
        asyncio.run(main())

    ended = [span for span in spans if span.name == "pages"]
    assert [span.status.status_code for span in ended] == [
        StatusCode.UNSET,
        StatusCode.ERROR,
        StatusCode.UNSET,
    ]
    assert all(span.parent.span_id == spans[-1].context.span_id for span in ended)


def test_an_async_generator_takes_sent_and_thrown_values():
    @sltrace.trace(name="echo")
    async def echo():
        try:
            got = yield "ready"
            while True:
                got = yield got.upper()
        except KeyError:
            yield "caught"

    async def main():
        generator = echo()
        assert await generator.__anext__() == "ready"
        assert await generator.asend("a") == "A"
        assert await generator.athrow(KeyError("x")) == "caught"
        with pytest.raises(StopAsyncIteration):
            await generator.__anext__()

    with sltrace.testing.capture() as spans:
        asyncio.run(main())

    assert names(spans) == ["echo"]


def test_a_types_coroutine_can_still_be_awaited():
    @sltrace.trace(name="old style")
    @types.coroutine
    def old():
        yield from asyncio.sleep(0).__await__()
        return 3

    async def main():
        return await old()

    with sltrace.testing.capture() as spans:
        assert asyncio.run(main()) == 3
    assert names(spans) == ["old style"]


def returns_when_closed():
    try:
        yield 1
    except GeneratorExit:
        return "closed"


def yields_when_closed():
    try:
        yield 1
    except GeneratorExit:
        yield 2


def fails_when_closed():
    try:
        yield 1
    finally:
        raise ValueError("while closing")


def outcome(step):
    """Return what a step gives: its value, or its error and the errors behind it."""
    try:
        return step()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is compared
        behind, at = [], error
        while at is not None:
            behind.append((type(at), str(at)))
            at = at.__context__
        return behind


@pytest.mark.parametrize("body", [returns_when_closed, yields_when_closed, fails_when_closed])
@pytest.mark.parametrize("how", ["close", "throw"])
def test_a_generator_is_closed_as_it_would_be_without_us(body, how):
    def run(function):
        generator = function()
        next(generator)
        if how == "close":
            return outcome(generator.close)
        return outcome(lambda: generator.throw(GeneratorExit("thrown")))

    with sltrace.testing.capture():
        assert run(sltrace.trace(body)) == run(body)


def test_an_async_generator_that_returns_on_generator_exit_ends_as_it_would_without_us():
    async def body():
        try:
            yield 1
        except GeneratorExit:
            return

    async def run(function):
        generator = function()
        await generator.__anext__()
        try:
            await generator.athrow(GeneratorExit("thrown"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is compared
            return type(error)

    with sltrace.testing.capture():
        assert asyncio.run(run(sltrace.trace(body))) is asyncio.run(run(body))


def test_an_exception_thrown_in_is_freed_as_soon_as_it_would_be_without_us():
    class Thrown(Exception):
        pass

    @sltrace.trace
    def pages():
        yield 1

    def throw():
        generator = pages()
        next(generator)
        error = Thrown()
        alive = weakref.ref(error)
        with contextlib.suppress(Thrown):
            generator.throw(error)
        # This frame is in the exception's traceback: it must not hold it either.
        del error
        return alive

    gc.disable()
    try:
        with sltrace.testing.capture():
            assert throw()() is None
    finally:
        gc.enable()


def test_an_exception_is_read_twice_however_many_spans_it_passes_through(monkeypatch):
    read = []
    original = traceback.format_exception

    def counted(*args, **kwargs):
        read.append(args)
        return original(*args, **kwargs)

    @sltrace.trace
    def walk(depth):
        if depth == 0:
            raise ValueError("the end")
        return walk(depth - 1)

    monkeypatch.setattr(traceback, "format_exception", counted)
    with sltrace.testing.capture() as spans, pytest.raises(ValueError, match="the end"):
        walk(50)

    assert len(spans) == 51
    assert len(read) == 2
    assert all(span.status.description == "ValueError: the end" for span in spans)
    assert len(spans[-1].events[0].exceptions[0].frames) > len(
        spans[0].events[0].exceptions[0].frames
    )


def test_two_exceptions_of_one_place_are_told_apart():
    @sltrace.trace
    def fails(number):
        raise ValueError(f"number {number}")

    with sltrace.testing.capture() as spans, sltrace.span("all"):
        for number in range(3):
            with contextlib.suppress(ValueError):
                fails(number)

    messages = [span.events[0].attributes["exception.message"] for span in spans[:-1]]
    assert messages == ["number 0", "number 1", "number 2"]
