"""Every source, on realistic events: recognised, described, joined to its sender, answered."""

import pytest
from tests_catalogue import SPAN_ID, TRACE_ID, cases, event_of
from tests_components import require_component
from tests_invoking import invoke

import sltrace
from sltrace import events
from sltrace.local import samples
from sltrace.local.components import ComponentMissing

CASES = list(cases())
IDS = [f"{module}: {case['case']}" for module, case in CASES]
MODULES = events.module_names()


def run(case):
    """Return the invocation's span and the inferred ones, outermost first."""

    @sltrace.trace_handler
    def handler(event, context):
        return case.get("result")

    context = {}
    if "client_context" in case:
        context["client_context"] = {"custom": event_of({"event": case["client_context"]})}
    with sltrace.testing.strict():
        _, spans = invoke(handler, event_of(case), **context)
    invocation = next(span for span in spans if "faas.invocation_id" in span.attributes)
    inferred = [span for span in spans if span is not invocation]
    return invocation, sorted(inferred, key=lambda span: (span.start_time, -span.end_time))


def told(span, expected):
    """Return those of the span's attributes that are expected, in JSON's types."""
    found = {key: span.attributes.get(key) for key in expected}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


@pytest.mark.parametrize(("module", "case"), CASES, ids=IDS)
def test_an_event_is_recognised_described_and_joined_to_its_sender(module, case):
    invocation, inferred = run(case)

    assert invocation.attributes["sltrace.event.source"] == case["source"]
    assert invocation.attributes["faas.trigger"] == events.load(module).trigger
    assert invocation.attributes.get("sltrace.event.model") == events.load(module).model
    expected = {**case.get("attributes", {}), **case.get("response", {})}
    assert told(invocation, expected) == expected
    assert [span.name for span in inferred] == case.get("upstream", [])
    assert all(span.attributes["sltrace.inferred"] is True for span in inferred)
    if "age_ms" in case:
        assert 0 <= invocation.attributes["sltrace.event.age_ms"] - case["age_ms"] < 60_000
    if "carrier" in case:
        first = [*inferred, invocation][0]
        assert case["carrier"] in events.load(module).carriers
        assert first.parent.trace_id == invocation.context.trace_id == TRACE_ID
        assert first.parent.span_id == SPAN_ID


@pytest.mark.parametrize("module", [name for name in MODULES if name != "other"])
def test_every_source_has_a_realistic_event(module):
    found = {case["source"] for name, case in CASES if name == module}
    assert found == {events.load(module).name}


@pytest.mark.parametrize("module", MODULES)
def test_what_the_documentation_says_of_a_source_is_shown_by_an_event(module):
    source = events.load(module)
    its = [case for name, case in CASES if name == module]
    assert {case["carrier"] for case in its if "carrier" in case} == set(source.carriers)
    assert any(case.get("upstream") for case in its) == bool(source.upstream)
    assert any(case.get("response") for case in its) == bool(source.answer)


# What each sample event of aws-sam-cli is, by its service and, where that is not enough, its type.
SAMPLES = {
    "alb": "alb",
    "alexa-skills-kit": "alexa.skill",
    "alexa-smart-home": "alexa.smart_home",
    "apigateway:authorizer": "apigateway.authorizer.token",
    "apigateway:aws-proxy": "apigateway.rest",
    "apigateway:http-api-proxy": "apigateway.http",
    "apigateway:request-authorizer": "apigateway.authorizer.request",
    "appsync": "appsync.resolver",
    "batch": "batch",
    "cloudformation": "cloudformation",
    "cloudfront": "cloudfront",
    "cloudwatch:logs": "cloudwatch.logs",
    "cloudwatch:scheduled-event": "eventbridge.schedule",
    "codecommit": "codecommit",
    "codepipeline": "codepipeline",
    "cognito": "cognito.sync",
    "config": "config",
    "connect": "connect",
    "dynamodb": "dynamodb.stream",
    "kinesis:analytics": "kinesis.analytics",
    "kinesis:analytics-compressed": "kinesis.analytics",
    "kinesis:analytics-dynamodb": "kinesis.analytics",
    "kinesis:analytics-kpl": "kinesis.analytics",
    "kinesis:get-records": "kinesis",
    "kinesis": "firehose",
    "lex": "lex.v1",
    "lex-v2": "lex.v2",
    "rekognition": "s3",
    "s3:batch-invocation": "s3.batch",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "ses": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "stepfunctions": "stepfunctions.error",
    "workmail": "workmail",
}


@pytest.mark.component
def test_every_sample_event_of_the_sam_cli_is_recognised_by_name():
    try:
        names = samples.names()
    except ComponentMissing as missing:
        require_component(str(missing))
    assert len(names) >= 68
    found = {name: events.recognise(samples.sample(name)).name for name in names}
    assert found == {name: SAMPLES.get(name) or SAMPLES[name.partition(":")[0]] for name in names}
