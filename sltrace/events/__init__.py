"""The event sources: which one an event came from, told by its own shape.

One module per source, each with a ``SOURCE``. The tables below say which modules to ask, so that
an event is looked at without being walked, and a function imports only the source that invokes
it. What they point to is a guess; the module itself says whether it is right.

To add a source: write its module, and name it under what gives it away.
"""

from __future__ import annotations

from importlib import import_module
from itertools import islice

from sltrace._guard import guard
from sltrace.events._source import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

# By the ``eventSource`` of the first of the event's ``Records``.
_BY_RECORD = {
    "aws:codecommit": ("codecommit",),
    "aws:dynamodb": ("dynamodb_stream",),
    "aws:kinesis": ("kinesis",),
    "aws:s3": ("s3",),
    "aws:ses": ("ses",),
    "aws:sns": ("sns",),
    "aws:sqs": ("sqs",),
    "": ("cloudfront",),
}
# By the ``eventSource`` at the event's top.
_BY_SOURCE = {
    "SelfManagedKafka": ("kafka",),
    "aws:SelfManagedKafka": ("kafka",),
    "aws:docdb": ("documentdb_stream",),
    "aws:amq": ("activemq",),
    "aws:kafka": ("kafka",),
    "aws:mq": ("activemq",),
    "aws:rmq": ("rabbitmq",),
}
# By the ``source`` of an event that EventBridge delivers.
_BY_BUS = {
    "aws.batch": ("eventbridge_batch", "eventbridge"),
    "aws.codebuild": ("eventbridge_codebuild", "eventbridge"),
    "aws.events": ("eventbridge_schedule", "eventbridge"),
    "aws.s3": ("eventbridge_s3", "eventbridge"),
    "aws.sagemaker": ("eventbridge_sagemaker", "eventbridge"),
    "aws.scheduler": ("eventbridge_schedule", "eventbridge"),
    "aws.transfer": ("eventbridge_transfer", "eventbridge"),
}
# By a key at the event's top, and one below it where that is not enough. In this order; the first
# whose modules recognise the event decides.
_BY_KEY: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("routeArn", "", ("apigateway_authorizer_http",)),
    (
        "methodArn",
        "",
        (
            "apigateway_authorizer_token",
            "apigateway_authorizer_request",
            "apigateway_authorizer_http",
        ),
    ),
    ("requestContext", "elb", ("alb",)),
    ("requestContext", "http", ("apigateway_http", "lambda_url")),
    ("requestContext", "connectionId", ("apigateway_websocket",)),
    ("requestContext", "serviceNetworkArn", ("vpc_lattice_v2",)),
    ("requestContext", "functionArn", ("lambda_destination",)),
    ("authorizationToken", "", ("appsync_authorizer",)),
    ("actionGroup", "", ("bedrock_agent",)),
    ("httpMethod", "", ("apigateway_rest", "apigateway_http_v1")),
    ("raw_path", "", ("vpc_lattice_v1",)),
    ("body-json", "", ("apigateway_rest_mapped",)),
    ("info", "channel", ("appsync_events",)),
    ("info", "fieldName", ("appsync_resolver",)),
    ("typeName", "", ("appsync_resolver",)),
    ("parentTypeName", "", ("appsync_resolver",)),
    ("deliveryStreamArn", "", ("firehose",)),
    ("applicationArn", "", ("kinesis_analytics",)),
    ("deliverySteamArn", "", ("firehose",)),
    ("records", "", ("firehose",)),
    ("isFinalInvokeForWindow", "", ("kinesis", "dynamodb_stream")),
    ("awslogs", "", ("cloudwatch_logs",)),
    ("alarmArn", "", ("cloudwatch_alarm",)),
    ("widgetContext", "", ("cloudwatch_dashboard",)),
    ("triggerSource", "", ("cognito_user_pool",)),
    ("identityPoolId", "", ("cognito_sync",)),
    ("tasks", "", ("s3_batch",)),
    ("getObjectContext", "", ("s3_object_lambda",)),
    ("headObjectContext", "", ("s3_object_lambda",)),
    ("listObjectsContext", "", ("s3_object_lambda",)),
    ("listObjectsV2Context", "", ("s3_object_lambda",)),
    ("LogicalResourceId", "", ("cloudformation",)),
    ("CodePipeline.job", "", ("codepipeline",)),
    ("LifecycleEventHookExecutionId", "", ("codedeploy",)),
    ("configRuleArn", "", ("config_rule",)),
    ("ClientRequestToken", "", ("secretsmanager_rotation",)),
    ("serviceMetadata", "", ("transfer",)),
    ("serverId", "", ("transfer_identity",)),
    ("labelingJobArn", "", ("sagemaker",)),
    ("sessionState", "", ("lex_v2",)),
    ("currentIntent", "", ("lex_v1",)),
    ("header", "payloadVersion", ("alexa_smart_home",)),
    ("directive", "", ("alexa_smart_home",)),
    ("request", "", ("alexa_skill",)),
    ("Details", "ContactData", ("connect",)),
    ("eventType", "", ("iot_registry", "iot_rule")),
    ("summaryVersion", "", ("workmail",)),
    ("taskToken", "", ("stepfunctions_activity",)),
    ("Cause", "", ("stepfunctions_error",)),
    ("jobId", "", ("batch",)),
    ("jobDefinition", "", ("batch",)),
)


# For an event that is a list.
_LISTS = ("eventbridge_pipes", "appsync_batch")
# How many members of an event are looked into for the context object of Step Functions.
_MAX_MEMBERS = 16


def recognise(event: Any, *, direct: bool = False) -> Source:
    """Return the source of an event; `other` for whatever is not certainly one of those known.

    Args:
        event: what the handler was called with.
        direct: whether the invocation has a client context, which only a direct one can have.
    """
    source = Source()
    with guard("recognise the event"):
        source = _recognise(event, direct=direct)
    return source


def load(name: str) -> Source:
    """Return the source of a module of this package."""
    source: Source = import_module(f"sltrace.events.{name}").SOURCE
    return source


def module_names() -> list[str]:
    """Return the names of all modules with a source, those of the tables and the two fallbacks."""
    tables = (*_BY_RECORD.values(), *_BY_SOURCE.values(), *_BY_BUS.values())
    named = {name for names in (*tables, *(row[2] for row in _BY_KEY)) for name in names}
    return sorted(named | {*_LISTS, "stepfunctions", "lambda_invoke", "other"})


def _recognise(event: Any, *, direct: bool) -> Source:
    names: Iterator[str] = iter(())
    if isinstance(event, dict):
        names = _of_object(event)
    elif isinstance(event, list) and event and isinstance(event[0], dict):
        names = iter(_LISTS)
    for name in names:
        source = load(name)
        if source.recognise(event):
            return source
    return load("lambda_invoke" if direct else "other")


def _of_object(event: dict[Any, Any]) -> Iterator[str]:
    """Yield the modules to ask, the surest first."""
    # A state may hand on any event beside its execution: it is the state that invoked the function.
    if any(_is_execution(member) for member in (event, *islice(event.values(), _MAX_MEMBERS))):
        yield "stepfunctions"
    records = event.get("Records")
    if isinstance(records, list) and records and isinstance(records[0], dict):
        record = records[0]
        yield from _listed(_BY_RECORD, record.get("eventSource", record.get("EventSource", "")))
    if "eventSource" in event:
        yield from _listed(_BY_SOURCE, event["eventSource"])
    if "detail-type" in event:
        yield from _listed(_BY_BUS, event.get("source")) or ("eventbridge",)
    for key, below, names in _BY_KEY:
        if key in event and (not below or (isinstance(event[key], dict) and below in event[key])):
            yield from names


def _listed(table: Mapping[str, tuple[str, ...]], value: Any) -> tuple[str, ...]:
    return table.get(value, ()) if isinstance(value, str) else ()


def _is_execution(member: Any) -> bool:
    return isinstance(member, dict) and "Execution" in member and "StateMachine" in member
