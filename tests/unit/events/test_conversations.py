"""Identity, mail, devices and conversations: what is told of them, and never of their people."""

import pytest
from tests_catalogue import cases, event_of
from tests_invoking import invoke

import sltrace
from sltrace import events

# The members, at any depth of an event or a result, whose texts are a person's.
PRIVATE = {
    "alexa_skill": "apiAccessToken attributes body device message person sessionId slots token"
    " user",
    "alexa_smart_home": "accessToken appliance cookie correlationToken endpointId friendlyName"
    " message scope",
    "bedrock_agent": "body inputText promptSessionAttributes sessionAttributes sessionId value",
    "cognito_sync": "datasetRecords identityId",
    "cognito_user_pool": "attributes challengeAnswer clientMetadata code groupConfiguration"
    " password privateChallengeParameters session userAttributes userName validationData",
    "connect": "Attributes CustomerEndpoint CustomerId Description Parameters SystemEndpoint"
    " greeting",
    "iot_registry": "attributes childGroupId childGroupName description groupArn groupId thingArn"
    " thingGroupId thingGroupName thingId thingName",
    "iot_rule": "clientId description ipAddress principalIdentifier sessionIdentifier statusDetails"
    " targets thingArn topics",
    "lex_v1": "content inputTranscript requestAttributes sessionAttributes slotDetails slots"
    " userId",
    "lex_v2": "content inputTranscript requestAttributes resolvedSlots sessionAttributes sessionId"
    " slots transcription",
    "ses": "commonHeaders destination headers recipients source",
    "workmail": "bounceMessage envelope sender subject",
}
CASES = [(module, case) for module, case in cases() if module in PRIVATE]
IDS = [f"{module}: {case['case']}" for module, case in CASES]
# Shorter texts, such as "true", also stand for what is no secret.
MIN_LENGTH = 5


def find(case_name):
    """Return the case of the catalogue that is called so, "module: case"."""
    return dict(zip(IDS, CASES, strict=True))[case_name][1]


def run(case, event=None):
    """Return the invocation's span and the inferred ones of a case."""

    @sltrace.trace_handler
    def handler(event, context):
        return case.get("result")

    _, spans = invoke(handler, event_of(case) if event is None else event)
    invocation = next(span for span in spans if "faas.invocation_id" in span.attributes)
    return invocation, [span for span in spans if span is not invocation]


def recognised(event):
    """Return the name of the event's source."""
    return events.recognise(event).name


def texts(value, names, private=False):
    """Yield the texts below the members of these names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from texts(inner, names, private or key in names)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, names, private)
    elif private and isinstance(value, str) and len(value) >= MIN_LENGTH:
        yield value


def everything_told(spans):
    """Return all names and values of the spans and their events, as one text."""
    found = []
    for span in spans:
        found += [span.name, *span.attributes.values()]
        for event in span.events:
            found += [event.name, *(event.attributes or {}).values()]
    return "\n".join(map(str, found))


@pytest.mark.parametrize(("module", "case"), CASES, ids=IDS)
def test_what_an_event_says_of_a_person_is_in_no_span(module, case):
    event = event_of(case)
    private = {*texts([event, case.get("result")], PRIVATE[module].split())}
    assert private

    invocation, inferred = run(case, event)

    told = everything_told([invocation, *inferred])
    assert [text for text in private if text in told] == []
    # The people of the catalogue, wherever else an event names them.
    assert "ferndale" not in told.lower()
    assert "+1202555" not in told


def test_every_source_of_these_has_a_case_with_what_must_not_be_told():
    assert {module for module, _ in CASES} == set(PRIVATE)


@pytest.mark.parametrize("name", ["lex_v1: an intent to fulfil", "lex_v2: an intent to fulfil"])
def test_a_turn_of_a_dialog_is_named_by_its_bot_and_intent(name):
    invocation, _ = run(find(name))
    assert invocation.name == "BookTrip BookHotel"


@pytest.mark.parametrize(
    "name", ["ses: a rule that waits for the disposition", "alexa_skill: an intent"]
)
def test_what_waits_for_the_answer_ends_with_it(name):
    invocation, (waiting,) = run(find(name))
    assert waiting.end_time == invocation.end_time
    assert invocation.parent.span_id == waiting.context.span_id


def test_a_mail_rule_that_does_not_wait_ends_where_the_function_begins():
    invocation, (mail,) = run(find("ses: a rule that does not wait"))
    assert mail.end_time == invocation.start_time
    assert [event.name for event in mail.events] == ["action triggered"]


@pytest.mark.parametrize("timestamp", [1_770_000_000, 1_770_000_000_000])
def test_a_jobs_event_may_be_dated_in_seconds_or_milliseconds(timestamp):
    (hop,) = events.load("iot_rule").hops({"eventType": "JOB", "timestamp": timestamp})
    assert hop.start == 1_770_000_000_000_000_000


def test_no_more_actions_on_a_mail_are_told_than_workmail_takes():
    result = {"actions": [{"action": {"type": "DROP"}}] * 12}
    assert events.load("workmail").response(result) == {"sltrace.workmail.actions": ("DROP",) * 10}


RELATIVES = {
    "a job of the application's with a trigger": {"triggerSource": "Nightly_Run", "request": {}},
    "a message about a user pool": {"triggerSource": "PreSignUp_SignUp", "userPoolId": "eu_1"},
    "a synchronisation of something else": {"eventType": "SyncTrigger", "datasetName": "orders"},
    "a mail record without its receipt": {"Records": [{"eventSource": "aws:ses", "ses": {}}]},
    "a mail notification that was on a topic": {
        "notificationType": "Received",
        "mail": {"messageId": "m-1"},
        "receipt": {"recipients": []},
    },
    "a summary of something else": {
        "summaryVersion": "2018-10-10",
        "messageId": "m-1",
        "invocationId": "i-1",
        "flowDirection": "SIDEWAYS",
        "envelope": {},
    },
    "a device's own message": {"eventType": "reading", "clientId": "c-1", "timestamp": 1},
    "a device that calls itself connected": {"eventType": "connected", "clientId": "c-1"},
    "a thing that is not the registry's": {"eventType": "THING_EVENT", "operation": "CREATED"},
    "a job that is not AWS IoT's": {"eventType": "JOB", "jobId": "j-1", "operation": "done"},
    "a contact without its flow": {"Details": {"ContactData": {"ContactId": "c-1"}}},
    "a dialog of another service": {
        "sessionState": {"intent": {"name": "Order"}},
        "bot": {"name": "Shop"},
        "invocationSource": "Web",
    },
    "an intent without a bot": {
        "currentIntent": {"name": "Order"},
        "invocationSource": "DialogCodeHook",
    },
    "a request to no skill": {
        "version": "1.0",
        "request": {"type": "IntentRequest", "timestamp": "2026-01-31T09:30:00Z"},
        "session": {"application": {"applicationId": "shop"}},
    },
    "a message in another namespace": {
        "header": {
            "namespace": "Alexandria.Library",
            "name": "Lend",
            "payloadVersion": "3",
            "messageId": "m-1",
        },
        "payload": {},
    },
    "a node of a Bedrock flow": {"messageVersion": "1.0", "flow": {}, "node": {"name": "n"}},
    "an action group that no agent calls": {
        "messageVersion": "1.0",
        "actionGroup": "orders",
        "function": "find",
    },
    "an agent that calls nothing": {
        "messageVersion": "1.0",
        "agent": {"id": "a-1"},
        "actionGroup": "orders",
        "apiPath": "/orders",
    },
}


@pytest.mark.parametrize("event", RELATIVES.values(), ids=RELATIVES)
def test_what_only_looks_like_one_of_these_is_other(event):
    assert recognised(event) == "other"


ODD = [
    None,
    "CONTINUE",
    7,
    [],
    {},
    {"disposition": "MAYBE"},
    {"disposition": ["CONTINUE"]},
    {"actions": "all"},
    {"actions": [None, {"action": "DROP"}, {"action": {"type": ["DROP"]}}]},
    {"dialogAction": ["Close"]},
    {"dialogAction": {"type": 7, "fulfillmentState": {}}},
    {"sessionState": "Close"},
    {"sessionState": {"dialogAction": {"type": None}, "intent": []}},
    {"event": {"header": None}},
    {"header": {"name": 7}, "payload": {"type": "NO_ERROR"}},
    {"response": 200},
    {"response": {"httpStatusCode": True, "functionResponse": ["FAILURE"]}},
]


@pytest.mark.parametrize("module", PRIVATE)
@pytest.mark.parametrize("result", ODD, ids=repr)
def test_a_result_of_another_shape_tells_nothing(module, result):
    assert events.load(module).response(result) == {}
