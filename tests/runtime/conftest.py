"""Functions deployed to the emulator of AWS's services, and clients of those."""

import os
from contextlib import ExitStack, closing

import pytest
from tests_components import is_stray
from tests_delivering import queue_arn
from tests_deploying import deployed


@pytest.fixture(scope="module")
def polled(dynamodb, aws_session, tmp_path_factory):
    """Keep one event source mapping: without any, the emulator looks for events less often."""
    with ExitStack() as stack:
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        for each in filter(is_stray, list(os.environ)):
            patched.delenv(each)
        functions, queues = (
            stack.enter_context(closing(aws_session.client(each, endpoint_url=dynamodb)))
            for each in ("lambda", "sqs")
        )
        url = queues.create_queue(QueueName="idle")["QueueUrl"]
        stack.callback(queues.delete_queue, QueueUrl=url)
        idle = deployed(functions, "idle", tmp_path_factory.mktemp("idle"), "answers")
        stack.enter_context(idle)
        functions.create_event_source_mapping(
            EventSourceArn=queue_arn(queues, url), FunctionName="idle"
        )
        yield


@pytest.fixture
def aws(aws_client, dynamodb):
    """Make boto3 clients of the emulator's services."""
    return lambda service: aws_client(service, dynamodb)


@pytest.fixture
def name(tmp_path):
    """Return a name that no other test gives to its queue, topic, rule or function."""
    return tmp_path.name.replace("_", "-")


@pytest.fixture
def deploy(aws, name, tmp_path):
    """Deploy a handler of functions/called.py for the test."""
    with ExitStack() as stack:

        def make(handler="answers", name=name, **options):
            store = tmp_path / name
            return stack.enter_context(deployed(aws("lambda"), name, store, handler, **options))

        yield make
