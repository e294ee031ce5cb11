"""Messages that AWS's emulator delivers: recognised, joined to their senders, and shown.

Only what the emulator does as AWS does can be shown here. Where its event lacks something that
AWS's has, the test says so, and the source may be `other`: never another one.
"""

import json
import time

import pytest
from tests_catalogue import TRACEPARENT
from tests_components import table
from tests_delivering import (
    ANSWER,
    ATTRIBUTES,
    DETAIL,
    OTHER_TRACE,
    ROLE,
    SENDER,
    TRACE,
    check,
    eventually,
    queue_arn,
    shown,
)

pytestmark = [pytest.mark.component, pytest.mark.usefixtures("polled")]


@pytest.fixture
def queue(aws, name):
    """Create a queue; its URL and its ARN."""
    sqs = aws("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "1"})["QueueUrl"]
    yield url, queue_arn(sqs, url)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def read_by(aws):
    """Let a function read a queue or a stream."""

    def read(function, source, **options):
        aws("lambda").create_event_source_mapping(
            EventSourceArn=source, FunctionName=function.name, **options
        )

    return read


@pytest.fixture
def topic(aws, name):
    sns = aws("sns")
    arn = sns.create_topic(Name=name)["TopicArn"]
    yield arn
    sns.delete_topic(TopicArn=arn)


@pytest.fixture
def rule(aws, name):
    """Send the events of a source, ``shop`` unless told otherwise, to a target."""
    events = aws("events")

    def send(target, source="shop"):
        events.put_rule(Name=name, EventPattern=json.dumps({"source": [source]}))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target}])

    yield send
    events.remove_targets(Rule=name, Ids=["1"])
    events.delete_rule(Name=name)


def test_a_message_of_a_queue(aws, deploy, queue, read_by, name):
    function = deploy()
    url, arn = queue
    read_by(function, arn)
    aws("sqs").send_message(QueueUrl=url, MessageBody="o-1", MessageAttributes=ATTRIBUTES)
    told = shown(function, "sqs", "poll", f"SQS {name}").span.attributes
    assert told["sltrace.event.attempt"] == 1
    assert told["messaging.batch.message_count"] == 1


def test_a_failed_message_of_a_batch_comes_again_and_the_good_one_does_not(
    aws, deploy, queue, read_by, name
):
    function = deploy("processes")
    url, arn = queue
    sqs = aws("sqs")
    theirs = {"DataType": "String", "StringValue": f"00-{OTHER_TRACE}-{SENDER}-01"}
    sent = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "0", "MessageBody": "good", "MessageAttributes": ATTRIBUTES},
            {"Id": "1", "MessageBody": "bad", "MessageAttributes": {"traceparent": theirs}},
        ],
    )["Successful"]
    good, bad = (each["MessageId"] for each in sent)
    read_by(function, arn, FunctionResponseTypes=["ReportBatchItemFailures"])

    first, second = function.wait_for("sqs", 2)
    # Two senders: it is of neither's trace, and linked to both.
    check(first, "poll", f"SQS {name}", is_joined=False)
    assert set(first.span.links) == {TRACE, OTHER_TRACE}
    assert [span.is_failed for span in first.below] == [False, True]
    assert [span.links for span in first.below] == [[TRACE], [OTHER_TRACE]]
    assert [span.attributes["messaging.message.id"] for span in first.below] == [good, bad]
    assert {span.name for span in first.below} == {f"process {name}"}
    assert first.span.attributes["sltrace.batch.failures"] == 1
    assert not first.span.is_failed

    told = second.span.attributes
    assert second.span.trace_id == OTHER_TRACE
    assert (told["messaging.batch.message_count"], told["messaging.message.id"]) == (1, bad)
    assert told["sltrace.event.attempt"] == 2
    assert told["sltrace.batch.failures"] == 0
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    eventually(
        lambda: (
            set(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values())
            == {"0"}
        )
    )
    assert len(function.invocations()) == 2


def test_a_message_of_a_topic(aws, deploy, topic, name):
    function = deploy()
    sns = aws("sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function.arn)
    sns.publish(TopicArn=topic, Message="o-1", MessageAttributes=ATTRIBUTES)
    told = shown(function, "sns", "asynchronous", f"SNS {name}").span.attributes
    assert told["aws.sns.topic.arn"] == topic


def test_a_message_of_a_topic_through_a_queue(aws, deploy, topic, queue, read_by, name):
    function = deploy()
    _, arn = queue
    read_by(function, arn)
    sns = aws("sns")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="o-1", MessageAttributes=ATTRIBUTES)
    invocation = shown(function, "sqs", "poll", f"SNS {name}", f"SQS {name}")
    assert invocation.span.attributes["sltrace.event.nested"] == ["sns"]


def test_an_event_of_a_bus(aws, deploy, rule):
    function = deploy()
    rule(function.arn)
    put_order(aws)
    stage = "EventBridge OrderPlaced"
    told = shown(function, "eventbridge", "asynchronous", stage).span.attributes
    assert told["sltrace.eventbridge.source"] == "shop"


def test_an_event_of_a_bus_through_a_topic_and_a_queue(
    aws, deploy, rule, topic, queue, read_by, name
):
    function = deploy()
    _, arn = queue
    read_by(function, arn)
    aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    rule(topic)
    put_order(aws)
    stages = ("EventBridge OrderPlaced", f"SNS {name}", f"SQS {name}")
    invocation = shown(function, "sqs", "poll", *stages)
    assert invocation.span.attributes["sltrace.event.nested"] == ["sns", "eventbridge"]


def put_order(aws):
    entry = {"Source": "shop", "DetailType": "OrderPlaced", "Detail": DETAIL}
    aws("events").put_events(Entries=[entry])


@pytest.mark.slow
def test_a_schedule(aws, deploy, name):
    function = deploy()
    scheduler = aws("scheduler")
    scheduler.create_schedule(
        Name=name,
        ScheduleExpression=time.strftime("at(%Y-%m-%dT%H:%M:%S)", time.gmtime()),
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": function.arn, "RoleArn": ROLE},
    )
    source, stage = "eventbridge.schedule", f"EventBridge schedule {name}"
    told = shown(function, source, "asynchronous", stage, is_joined=False).span.attributes
    assert told["faas.trigger"] == "timer"
    scheduler.delete_schedule(Name=name)


@pytest.fixture
def bucket(aws, name):
    s3 = aws("s3")
    s3.create_bucket(Bucket=name)
    yield s3
    for each in s3.list_objects_v2(Bucket=name).get("Contents", ()):
        s3.delete_object(Bucket=name, Key=each["Key"])
    s3.delete_bucket(Bucket=name)


def put_object(s3, name, configuration):
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)
    s3.put_object(Bucket=name, Key="orders/o 1.json", Body=b"{}")


def test_an_object_of_a_bucket(deploy, bucket, name):
    function = deploy()
    wanted = {"LambdaFunctionArn": function.arn, "Events": ["s3:ObjectCreated:*"]}
    put_object(bucket, name, {"LambdaFunctionConfigurations": [wanted]})
    stage = f"S3 ObjectCreated:Put {name}"
    told = shown(function, "s3", "asynchronous", stage, is_joined=False).span.attributes
    assert told["aws.s3.bucket"] == name
    assert told["faas.document.operation"] == "insert"


def test_an_object_of_a_bucket_through_a_bus(deploy, bucket, rule, name):
    function = deploy()
    rule(function.arn, "aws.s3")
    put_object(bucket, name, {"EventBridgeConfiguration": {}})
    stage = "EventBridge Object Created"
    invocation = shown(function, "eventbridge.s3", "asynchronous", stage, is_joined=False)
    assert invocation.span.attributes["aws.s3.key"] == "orders/o 1.json"


def test_an_item_of_a_table(aws, deploy, read_by, name):
    function = deploy()
    client = aws("dynamodb")
    with table(client, name):
        wanted = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        changed = client.update_table(TableName=name, StreamSpecification=wanted)
        stream = changed["TableDescription"]["LatestStreamArn"]
        read_by(function, stream, StartingPosition="TRIM_HORIZON")
        item = {"id": {"S": "do-not-tell"}, "traceparent": {"S": TRACEPARENT}}
        client.put_item(TableName=name, Item=item)
        told = shown(function, "dynamodb.stream", "poll", f"DynamoDB {name}").span.attributes
    assert told["faas.document.operation"] == "insert"
    assert "do-not-tell" not in repr(told)


def test_a_record_of_a_stream(aws, deploy, read_by, name):
    function = deploy()
    kinesis = aws("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=1)
    about = kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    read_by(function, about["StreamARN"], StartingPosition="TRIM_HORIZON")
    kinesis.put_record(StreamName=name, PartitionKey="o-1", Data=DETAIL.encode())
    told = shown(function, "kinesis", "poll", f"Kinesis {name}").span.attributes
    assert told["aws.kinesis.stream_name"] == name
    kinesis.delete_stream(StreamName=name)


def test_a_record_for_firehose(aws, deploy, bucket, name):
    function = deploy("transforms")
    firehose = aws("firehose")
    arn = {"ParameterName": "LambdaArn", "ParameterValue": function.arn}
    processor = {"Type": "Lambda", "Parameters": [arn]}
    firehose.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{name}",
            "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        },
    )
    firehose.put_record(DeliveryStreamName=name, Record={"Data": DETAIL.encode()})
    told = shown(function, "firehose", "synchronous", f"Firehose {name}").span.attributes
    assert told["messaging.destination.name"] == name
    assert told["sltrace.batch.failures"] == 0
    (kept,) = eventually(lambda: bucket.list_objects_v2(Bucket=name).get("Contents"))
    with bucket.get_object(Bucket=name, Key=kept["Key"])["Body"] as body:
        assert body.read() == b"changed"
    firehose.delete_delivery_stream(DeliveryStreamName=name)


def test_lines_of_a_log_group(aws, deploy, name):
    function = deploy()
    logs = aws("logs")
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="0")
    logs.put_subscription_filter(
        logGroupName=name, filterName=name, filterPattern="", destinationArn=function.arn
    )
    line = {"timestamp": int(time.time() * 1000), "message": "an order"}
    logs.put_log_events(logGroupName=name, logStreamName="0", logEvents=[line])
    # What it is about is compressed, and not looked into.
    shown(function, "cloudwatch.logs", "asynchronous", is_joined=False)
    logs.delete_log_group(logGroupName=name)


def execute(aws, name, definition, given):
    """Run a state machine to its end; the output of its last state."""
    client = aws("stepfunctions")
    machine = client.create_state_machine(
        name=name, roleArn=ROLE, definition=json.dumps(definition)
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input=given)["executionArn"]

    def output():
        about = client.describe_execution(executionArn=execution)
        return about["status"] != "RUNNING" and about.get("output")

    found = json.loads(eventually(output))
    client.delete_state_machine(stateMachineArn=machine)
    return found


def test_two_tasks_of_an_execution_are_of_one_trace(aws, deploy, name):
    function = deploy()
    # The emulator knows "$$" by its members only.
    context = {f"{part}.$": f"$$.{part}" for part in ("Execution", "State", "StateMachine")}
    task = {"Type": "Task", "Resource": function.arn, "Parameters": context}
    states = {"Price": {**task, "Next": "Pay"}, "Pay": {**task, "End": True}}
    assert execute(aws, name, {"StartAt": "Price", "States": states}, "{}") == ANSWER

    price, pay = function.wait_for("stepfunctions", 2)
    check(price, "synchronous", "Step Functions Price", is_joined=False)
    check(pay, "synchronous", "Step Functions Pay", is_joined=False)
    assert price.span.trace_id == pay.span.trace_id
    assert price.span.end <= pay.span.start


def test_a_task_of_an_execution_continues_the_trace_it_was_started_with(aws, deploy, name):
    function = deploy()
    arguments = {"FunctionName": function.arn, "Payload": {"context": "{% $states.context %}"}}
    task = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": arguments}
    states = {"Price": {**task, "End": True}}
    definition = {"QueryLanguage": "JSONata", "StartAt": "Price", "States": states}
    assert execute(aws, name, definition, DETAIL)["Payload"] == ANSWER
    shown(function, "stepfunctions", "synchronous", "Step Functions Price")


def test_a_custom_resource_of_a_stack(aws, deploy, name):
    function = deploy("provides")
    resource = {"Type": "Custom::Thing", "Properties": {"ServiceToken": function.arn}}
    template = json.dumps({"Resources": {"Thing": resource}})
    cloudformation = aws("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=template)

    def status():
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]

    eventually(lambda: status() == "CREATE_COMPLETE")
    # Its event has no time.
    invocation = shown(function, "cloudformation", "asynchronous", is_joined=False)
    told = invocation.span.attributes
    assert told["sltrace.cloudformation.request_type"] == "Create"
    assert told["sltrace.cloudformation.status"] == "SUCCESS"


def test_the_record_of_a_failed_invocation_is_not_taken_for_another(aws, deploy, name):
    told, failing = deploy(), deploy("fails", f"{name}-failing")
    client = aws("lambda")
    client.put_function_event_invoke_config(
        FunctionName=failing.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": told.arn}},
    )
    client.invoke(FunctionName=failing.name, InvocationType="Event", Payload=DETAIL)
    (failed,) = failing.wait_for("other")
    assert failed.span.is_failed
    # AWS's has a time and the id of the failed request; the emulator's has neither.
    told.wait_for(("other", "lambda.destination"))


def test_a_devices_message_is_of_no_known_source(aws, deploy, name):
    function = deploy()
    iot = aws("iot")
    title = name.replace("-", "_")
    action = {"lambda": {"functionArn": function.arn}}
    payload = {"sql": "SELECT * FROM 'orders'", "actions": [action]}
    iot.create_topic_rule(ruleName=title, topicRulePayload=payload)
    aws("iot-data").publish(topic="orders", payload=DETAIL)
    # The event is the message, whatever that is.
    shown(function, "other", None)
    iot.delete_topic_rule(ruleName=title)
