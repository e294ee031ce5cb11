"""Events of services for developers and operators: near relatives, and what is kept to itself."""

import json

import pytest
from tests_catalogue import cases, event_of

from sltrace import events

MODULES = (
    "batch",
    "codecommit",
    "codedeploy",
    "codepipeline",
    "config_rule",
    "eventbridge_batch",
    "eventbridge_codebuild",
    "eventbridge_sagemaker",
    "eventbridge_transfer",
    "sagemaker",
    "secretsmanager_rotation",
    "transfer",
    "transfer_identity",
)
# Stand in the catalogue's events for what no attribute may have.
SECRETS = ("anna", "hunter2", "192.0.2.", "not-a-real", "bm90LWEtcmVhbC", "eyJl", "token-of-the")
TOKENS = ("0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9", "1c2d3e4f-5061-4728-93a4-b5c6d7e8f90a")
UUID = "4f506172-8394-4a51-86d7-e8f90a1b2c3d"
ROLE = "arn:aws:iam::123456789012:role/any"


def event(module, **changes):
    """Return the module's first event of the catalogue, with some members changed."""
    first = next(case for name, case in cases() if name == module)
    return {**event_of(first), **changes}


@pytest.mark.parametrize("module", MODULES)
def test_no_attribute_or_stage_tells_a_person_a_secret_or_a_token(module):
    for _, case in [each for each in cases() if each[0] == module]:
        event, source = event_of(case), events.load(module)
        stages = [[hop.name, dict(hop.attributes)] for hop in source.hops(event)]
        told = json.dumps([source.attributes(event), stages, source.response(case.get("result"))])
        assert [secret for secret in (*SECRETS, *TOKENS) if secret in told] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"configRuleArn": ROLE},
        {"configRuleArn": "config-rule-a1b2c3"},
        {"invokingEvent": {"messageType": "ScheduledNotification"}},
        {"resultToken": None},
    ],
)
def test_an_event_without_a_rule_of_config_is_other(changed):
    assert events.recognise(event("config_rule", **changed)).name == "other"


def test_a_long_description_of_a_resource_is_not_parsed():
    long = json.dumps({"messageType": "ScheduledNotification", "more": "x" * 100_000})
    told = events.load("config_rule").attributes(event("config_rule", invokingEvent=long))
    assert told == {
        "sltrace.config.rule": "buckets-are-versioned",
        "sltrace.config.left_scope": False,
    }


@pytest.mark.parametrize("invoking", ["[]", "null", "3", "[" * 60_000, '{"configurationItem": 3}'])
def test_a_description_that_is_none_tells_nothing(invoking):
    source, changed = events.load("config_rule"), event("config_rule", invokingEvent=invoking)
    assert "sltrace.config.resource_type" not in source.attributes(changed)
    assert [hop.start for hop in source.hops(changed)] == [None]


@pytest.mark.parametrize(
    ("ref", "name", "kind"),
    [
        ("refs/heads/feature/a", "feature/a", "branch"),
        ("refs/tags/v1", "v1", "tag"),
        ("refs/notes/x", "refs/notes/x", None),
        ("refs/heads/", None, "branch"),
        (None, None, None),
        (["refs/heads/main"], None, None),
    ],
)
def test_a_reference_of_a_repository_is_named_as_people_name_it(ref, name, kind):
    commit = {"eventSource": "aws:codecommit", "codecommit": {"references": [{"ref": ref}]}}
    told = events.load("codecommit").attributes({"Records": [commit]})
    assert told.get("vcs.ref.head.name") == name
    assert told.get("vcs.ref.head.type") == kind


def test_a_trigger_without_references_has_none_to_tell():
    source = events.load("codecommit")
    record = {"eventSource": "aws:codecommit", "codecommit": {"references": []}}
    assert source.recognise({"Records": [record]})
    assert source.attributes({"Records": [record]}) == {"sltrace.codecommit.references": 0}


@pytest.mark.parametrize(
    "changed",
    [
        {"DeploymentId": "deployment 7"},
        {"DeploymentId": None},
        {"LifecycleEventHookExecutionId": 3},
        {"status": "Succeeded"},
    ],
)
def test_more_or_less_than_the_two_ids_of_a_hook_is_other(changed):
    assert events.recognise(event("codedeploy", **changed)).name == "other"


@pytest.mark.parametrize(
    "changed",
    [
        {"Step": "create_secret"},
        {"Step": ["createSecret"]},
        {"SecretId": "prod/orders-db"},
        {"SecretId": ROLE},
        {"ClientRequestToken": None},
    ],
)
def test_what_is_no_step_of_a_rotation_is_other(changed):
    assert events.recognise(event("secretsmanager_rotation", **changed)).name == "other"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("secret:prod/orders-db-a1B2c3", "prod/orders-db"),
        ("secret:a-b-c-a1B2c3", "a-b-c"),
        ("secret:orders", "orders"),
        ("secret:-a1B2c3", "-a1B2c3"),
        ("secret:", None),
    ],
)
def test_a_secret_is_named_without_what_secrets_manager_adds(resource, name):
    arn = f"arn:aws:secretsmanager:eu-west-1:123456789012:{resource}"
    told = events.load("secretsmanager_rotation").attributes({"SecretId": arn})
    assert told.get("sltrace.secretsmanager.secret") == name


@pytest.mark.parametrize(
    "changed",
    [
        {"token": None},
        {"serviceMetadata": {"executionDetails": {"workflowId": "w-1"}}},
        {"serviceMetadata": {"executionDetails": {"workflowId": "7", "executionId": UUID}}},
        {"fileLocation": {"domain": "GCS"}},
        {"fileLocation": None},
    ],
)
def test_what_is_no_step_of_a_workflow_is_other(changed):
    assert events.recognise(event("transfer", **changed)).name == "other"


@pytest.mark.parametrize(
    "changed",
    [
        {"serverId": "web-1"},
        {"protocol": "HTTPS"},
        {"protocol": {}},
        {"username": None},
        {"sourceIp": None},
    ],
)
def test_a_log_in_of_an_application_is_other(changed):
    assert events.recognise(event("transfer_identity", **changed)).name == "other"


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"Role": ROLE}, {"sltrace.transfer.allowed": True}),
        ({"Role": ""}, {"sltrace.transfer.allowed": False}),
        ({"HomeDirectory": "/"}, {"sltrace.transfer.allowed": False}),
        (None, {}),
        ("Role", {}),
        (["Role"], {}),
    ],
)
def test_only_a_role_lets_a_user_in(result, told):
    assert events.load("transfer_identity").response(result) == told


@pytest.mark.parametrize(
    "own",
    [
        {"jobId": "job-7"},
        {"jobId": 7},
        {"jobId": UUID.upper()},
        {"jobId": UUID + "\n"},
        {"jobId": "4f506172-8394-1a51-86d7-e8f90a1b2c3d"},
        {"jobId": UUID, "action": "poll"},
        {"jobDefinition": "report"},
        {"jobName": "nightly report", "jobQueue": "default", "jobDefinition": "report"},
        {"jobName": "report", "jobQueue": "https://queue.example.com", "jobDefinition": "report"},
        {"jobName": "report", "jobQueue": "default", "jobDefinition": "report:latest"},
        {"jobName": "report", "jobQueue": "default", "jobDefinition": {"name": "report"}},
        {"jobName": "report", "jobQueue": "default", "jobDefinition": "report", "tenant": "t-1"},
        {"jobName": "x" * 129, "jobQueue": "default", "jobDefinition": "report"},
        {"jobName": "report", "jobQueue": ROLE, "jobDefinition": "report"},
    ],
)
def test_a_job_of_an_application_is_other(own):
    assert events.recognise(own).name == "other"


@pytest.mark.parametrize(
    "changed",
    [
        {"version": "2019-01-01"},
        {"labelingJobArn": ROLE},
        {"labelingJobArn": "receipts"},
        {"dataObject": None},
    ],
)
def test_what_is_no_labeling_job_is_other(changed):
    assert events.recognise(event("sagemaker", **changed)).name == "other"


@pytest.mark.parametrize(
    ("required", "told"),
    [(True, True), (False, False), ("true", True), ("False", False), ("maybe", None), (1, None)],
)
def test_whether_a_human_is_asked_is_told_by_a_bool_or_its_name(required, told):
    response = events.load("sagemaker").response({"isHumanAnnotationRequired": required})
    assert response.get("sltrace.sagemaker.human_annotation_required") is told


@pytest.mark.parametrize("result", [None, "x", [], {}, {"taskInput": {}}])
def test_a_result_that_says_nothing_of_humans_tells_nothing(result):
    assert events.load("sagemaker").response(result) == {}


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("eventbridge_")])
def test_an_event_of_a_service_is_its_own_only_with_that_services_name(module):
    assert events.recognise(event(module, source="shop.orders")).name == "eventbridge"
    assert events.recognise(event(module, source="aws.ec2")).name == "eventbridge"
    assert events.recognise(event(module, time=None)).name == "other"


@pytest.mark.parametrize("module", [name for name in MODULES if name.startswith("eventbridge_")])
@pytest.mark.parametrize("detail", [None, "x", [], {}, {"traceparent": "x"}, {"pipelineArn": 3}])
def test_an_unknown_detail_leaves_what_every_event_of_the_bus_tells(module, detail):
    changed = event(module, detail=detail, resources=["arn:aws:x:::y", 3, None])
    source = events.load(module)
    assert source.attributes(changed)["sltrace.eventbridge.resources"] == ("arn:aws:x:::y",)
    assert source.carrier(changed) == {}
    assert not [key for key in source.attributes(changed) if key.startswith("sltrace.sagemaker")]
