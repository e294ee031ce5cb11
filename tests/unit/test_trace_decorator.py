"""``@sltrace.trace`` on every kind of function."""

import asyncio
import functools
import inspect

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
