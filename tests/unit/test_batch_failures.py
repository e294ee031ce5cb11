"""``batch.catch()``: whose failure it is, what goes on, and what is kept of it."""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice

import pytest
from tests_batches import batch, failing_on, given_back
from tests_invoking import invoke

import sltrace
from sltrace._model import StatusCode


def test_the_failures_keep_their_records_and_their_exceptions():
    records = sltrace.records(batch("m-1"))
    error = ValueError("bad")
    for _ in records:
        with records.catch():
            raise error
    ((record, kept),) = records.failures
    assert record["messageId"] == "m-1"
    assert kept is error


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt()])
def test_a_base_exception_is_not_caught(error):
    records = sltrace.records(batch("m-1"))
    with pytest.raises(type(error)):
        for _ in records:
            with records.catch():
                raise error
    assert records.response() == given_back("m-1")
    iter(records)  # leaves the record it was at


def test_the_exceptions_that_are_kept_hold_on_to_nothing():
    records = sltrace.records(batch("m-1"))
    for record in records:
        with records.catch():
            try:
                record["nothing"]
            except KeyError as error:
                raise ValueError("bad") from error
    (_, error), *_ = records.failures
    assert error.__traceback__ is error.__cause__.__traceback__ is None


def test_tasks_made_in_the_loop_each_fail_their_own_record():
    async def place(records, record):
        with records.catch():
            await asyncio.sleep(0)
            if record["messageId"] != "m-2":
                raise ValueError(record["messageId"])

    async def process(event):
        records = sltrace.records(event)
        tasks = [asyncio.ensure_future(place(records, record)) for record in records]
        await asyncio.gather(*tasks)
        return records

    records = asyncio.run(process(batch("m-1", "m-2", "m-3")))
    assert records.response() == given_back("m-1", "m-3")
    assert [str(error) for _, error in records.failures] == ["m-1", "m-3"]


def test_threads_with_the_context_each_fail_their_own_record():
    def place(records, record):
        with records.catch():
            if record["messageId"] == "m-1":
                raise ValueError("bad")

    records = sltrace.records(batch("m-1", "m-2"))
    with ThreadPoolExecutor(2) as pool:
        for record in records:
            pool.submit(sltrace.carry_context(place), records, record)
    assert records.response() == given_back("m-1")


def test_where_it_cannot_be_told_which_record_failed_the_exception_goes_on():
    async def place(records):
        with records.catch():
            raise ValueError("bad")

    async def process(event):
        records = sltrace.records(event)
        # The loop is over before the first of them begins.
        await asyncio.gather(*(place(records) for _ in records))

    with pytest.raises(ValueError, match="bad"):
        asyncio.run(process(batch("m-1", "m-2")))
    records = sltrace.records(batch("m-1"))
    with ThreadPoolExecutor(1) as pool:
        for _ in records:
            without_context = pool.submit(asyncio.run, place(records))
    assert isinstance(without_context.exception(), ValueError)
    assert records.failures == []


def test_what_cannot_be_placed_is_given_back_as_a_whole():
    async def place(records, record):
        with records.catch():
            raise ValueError("bad")

    async def process(records):
        work = (place(records, record) for record in records)
        await asyncio.gather(*work, return_exceptions=True)

    records = sltrace.records(batch("m-1", "m-2"))
    asyncio.run(process(records))
    assert records.response() == given_back("m-1", "m-2")


def test_a_cancelled_task_has_not_succeeded():
    async def place(records):
        with records.catch():
            await asyncio.sleep(60)

    async def process(records):
        tasks = [asyncio.ensure_future(place(records)) for _ in records]
        await asyncio.wait(tasks, timeout=0.01)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    records = sltrace.records(batch("m-1", "m-2"))
    asyncio.run(process(records))
    assert records.response() == given_back("m-1", "m-2")


def test_a_block_answers_for_all_records_taken_since_the_one_before():
    records = sltrace.records(batch("m-1", "m-2", "m-3", "m-4", "m-5"))
    while chunk := [record["messageId"] for record in islice(records, 2)]:
        with records.catch():
            if "m-4" in chunk:
                raise ValueError("bad")
    # Whoever takes no more than there are leaves the last loop open: m-2 and m-5 were its last.
    left = [each["itemIdentifier"] for each in records.response()["batchItemFailures"]]
    assert {"m-3", "m-4"} <= set(left)


def test_an_exception_that_goes_on_is_as_it_was_raised():
    @dataclass(frozen=True)
    class Frozen(Exception):
        why: str

    event = {"Records": [{"EventSource": "aws:sns", "Sns": {"TopicArn": "arn:aws:sns:a:1:t"}}]}
    records = sltrace.records(event)
    with pytest.raises(Frozen, match="no"):
        for _ in records:
            with records.catch():
                raise Frozen("no")
    with sltrace.testing.strict():
        records = sltrace.records(batch("m-1"))
        for _ in records:
            with records.catch():
                raise Frozen("no")
    assert records.response() == given_back("m-1")


def test_the_exception_that_is_being_handled_keeps_its_traceback():
    records = sltrace.records(batch("m-1"))
    with pytest.raises(KeyError) as around:
        try:
            raise KeyError("bulk")
        finally:
            for _ in records:
                with records.catch():
                    raise ValueError("bad")
            stack = sys.exc_info()[1].__traceback__
    assert stack is not None
    assert records.failures[0][1].__context__ is around.value


def test_of_many_failures_the_first_hundred_tell_their_stacks():
    _, spans = invoke(failing_on(*map(str, range(120))), batch(*map(str, range(120))))
    of_records = [span for span in spans if span.name == "process orders"]
    assert [len(span.events) for span in of_records] == [1] * 100 + [0] * 20
    assert {span.status.status_code for span in of_records} == {StatusCode.ERROR}
    assert of_records[-1].attributes["error.type"] == "ValueError"


def test_a_source_without_partial_batches_is_told_by_the_exception_itself():
    event = {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "Sns": {
                    "TopicArn": "arn:aws:sns:us-east-1:123456789012:orders",
                    "Message": "hi",
                    "MessageId": "n-1",
                },
            }
        ]
    }

    @sltrace.trace_handler
    def handler(event, context):
        records = sltrace.records(event)
        for _ in records:
            with records.catch():
                raise ValueError("bad")

    with sltrace.testing.capture() as spans, pytest.raises(ValueError, match="bad"):
        handler(event, sltrace.testing.context())
    assert [span.status.status_code for span in spans] == [StatusCode.ERROR] * 2
