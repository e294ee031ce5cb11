"""Sample events by name: aws-sam-cli's templates with their default values."""

import base64
import hashlib
import json
import re

import pytest
from tests_components import require_component

from sltrace import testing
from sltrace.events import recognise
from sltrace.local import samples
from sltrace.local.components import ComponentMissing


@pytest.fixture(autouse=True)
def sample_events():
    try:
        samples.names()
    except ComponentMissing as error:
        require_component(str(error))


def test_every_sample_event_is_json_without_a_tag_left_in_it():
    names = samples.names()
    assert len(names) == 68
    assert names == sorted(names)
    for name in names:
        text = json.dumps(samples.sample(name), allow_nan=False)
        assert json.loads(text) == samples.sample(name)
        assert not re.search(r"\{\{[\w-]+\}\}", text), name


def test_a_proxy_event_has_its_body_in_base64_and_its_query_as_an_object():
    event = samples.sample("apigateway:aws-proxy")
    assert event["httpMethod"] == "POST"
    assert event["path"] == "/path/to/resource"
    assert event["resource"] == "/{proxy+}"
    assert event["requestContext"]["accountId"] == "123456789012"
    assert event["headers"]["Host"] == "1234567890.execute-api.us-east-1.amazonaws.com"
    assert event["queryStringParameters"] == {"foo": "bar"}
    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b'{"test":"body"}'


def test_a_child_of_a_tag_is_made_from_the_tags_own_value():
    record = samples.sample("sqs:receive-message")["Records"][0]
    assert record["md5OfBody"] == hashlib.md5(record["body"].encode()).hexdigest()


def test_a_tag_in_two_braces_is_filled_in_too():
    event = samples.sample("sagemaker:ground-truth-annotation-consolidation")
    assert "123456789012" in event["roleArn"]


def test_names_are_as_the_mapping_has_them():
    event = samples.sample("apigateway:http-api-proxy")
    assert event["version"] == "2.0"
    assert recognise(event).name == "apigateway.http"
    assert recognise(samples.sample("apigateway:aws-proxy")).name == "apigateway.rest"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("apigateway:aws-proxi", "did you mean apigateway:aws-proxy?"),
        ("apigatway:aws-proxy", "did you mean apigateway:aws-proxy"),
        ("s3:nothing-like-it", "did you mean s3:batch-invocation or s3:delete or s3:put?"),
        ("zzz:qqq", "see sltrace invoke --list-events"),
        (":", "see sltrace invoke --list-events"),
        ("s3:", "s3:put"),
        ("", "see sltrace invoke --list-events"),
    ],
)
def test_an_unknown_name_is_answered_with_names_like_it(name, hint):
    with pytest.raises(samples.UnknownSample) as raised:
        samples.sample(name)
    assert hint in str(raised.value)
    assert repr(name) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_sample_event_can_be_given_to_a_handler():
    from sltrace import trace_handler

    handled = trace_handler(lambda event, context: event)
    with testing.strict(), testing.capture() as spans:
        for name in samples.names():
            event = samples.sample(name)
            assert handled(event, testing.context()) is event
    assert len({span.attributes["faas.invocation_id"] for span in spans}) == 68
