"""Events that AWS's emulator makes: recognised, joined to their senders, and shown.

Only what the emulator does as AWS does can be shown here. Where its event lacks something that
AWS's has, the test says so, and the source may be `other`: never another one.
"""

import json
import os
import socket
import time
import urllib.request
from contextlib import ExitStack, closing
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
from tests_catalogue import SPAN_ID, TRACE_ID, TRACEPARENT
from tests_components import is_stray, table
from tests_deploying import SECONDS, deployed

pytestmark = pytest.mark.component

SENDER = f"{SPAN_ID:016x}"
TRACE = f"{TRACE_ID:032x}"
OTHER_TRACE = "67429a3bffffffffffffffffffffffff"
HEADERS = {"traceparent": TRACEPARENT, "Authorization": "a-token"}
ATTRIBUTES = {"traceparent": {"DataType": "String", "StringValue": TRACEPARENT}}
DETAIL = json.dumps({"order": "o-1", "traceparent": TRACEPARENT})
ROLE = "arn:aws:iam::000000000000:role/service"
ANSWER = {"statusCode": 201, "body": "ö", "isAuthorized": True}


@pytest.fixture(scope="module", autouse=True)
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


def queue_arn(sqs, url):
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]


def uri(function):
    """Return the function's address as API Gateway has it."""
    prefix = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions"
    return f"{prefix}/{function.arn}/invocations"


def request(url, headers=HEADERS, body=None):
    """Send a request to the emulator; the answer's status and body."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url, body, headers), timeout=SECONDS) as response:
        return response.status, response.read().decode()


def eventually(found):
    """Wait for a true value, and return it."""
    deadline = time.monotonic() + SECONDS
    while not (value := found()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert value
    return value


def shown(function, source, model, *upstream, is_joined=True):
    """Return the one invocation by that source, once it is shown as it must be."""
    (invocation,) = function.wait_for(source)
    check(invocation, model, *upstream, is_joined=is_joined)
    return invocation


def check(invocation, model, *upstream, is_joined=True):
    """Assert how an event came, through what and from whom, and that no time runs backwards."""
    span = invocation.span
    assert span.attributes.get("sltrace.event.model") == model
    assert [stage.name for stage in invocation.upstream] == list(upstream)
    assert all(stage.attributes["sltrace.inferred"] for stage in invocation.upstream)
    assert invocation.sender == (SENDER if is_joined else None)
    assert (span.trace_id == TRACE) is is_joined
    assert span.start <= span.end
    for stage, following in pairwise([*invocation.upstream, span]):
        assert stage.trace_id == span.trace_id
        assert stage.start <= following.start <= stage.end
        # What waits for the function ends after it; anything else where the next stage begins.
        assert stage.end >= span.end if model == "synchronous" else stage.end == following.start
    assert bool(upstream) == ("sltrace.event.age_ms" in span.attributes)
    assert span.attributes.get("sltrace.event.age_ms", 0) >= 0


def test_a_direct_invocation_continues_the_trace_in_its_payload(aws, deploy):
    function = deploy()
    answer = aws("lambda").invoke(FunctionName=function.name, Payload=DETAIL)
    with answer["Payload"] as payload:
        assert json.load(payload) == ANSWER
    # The emulator hands on no client context, by which a direct invocation would be known.
    shown(function, ("other", "lambda.invoke"), None)


def test_a_function_url(aws, deploy, dynamodb):
    function = deploy()
    made = aws("lambda").create_function_url_config(FunctionName=function.name, AuthType="NONE")
    host = urlsplit(made["FunctionUrl"]).hostname
    answer = request(f"{dynamodb}/_aws/lambda-url/{host.partition('.')[0]}/orders?secret=1")
    assert answer == (201, "ö")
    invocation = shown(function, "lambda.url", "synchronous", "Function URL GET")
    told = invocation.span.attributes
    assert told["server.address"] == host
    assert told["http.response.status_code"] == 201
    assert "secret" not in repr(told)


def rest_api(apigateway, function, name, **method):
    """Create a REST API with one resource; the path of its requests."""
    api = apigateway.create_rest_api(name=name)["id"]
    root = apigateway.get_resources(restApiId=api)["items"][0]["id"]
    if "type" in method:
        made = apigateway.create_authorizer(
            restApiId=api,
            name=name,
            type=method.pop("type"),
            authorizerUri=uri(function),
            identitySource="method.request.header.Authorization",
        )
        method = {"authorizationType": "CUSTOM", "authorizerId": made["id"]}
    part = apigateway.create_resource(restApiId=api, parentId=root, pathPart="orders")["id"]
    place = {"restApiId": api, "resourceId": part, "httpMethod": "GET"}
    apigateway.put_method(**place, **{"authorizationType": "NONE", **method})
    kind = "MOCK" if method else "AWS_PROXY"
    apigateway.put_integration(**place, type=kind, integrationHttpMethod="POST", uri=uri(function))
    apigateway.create_deployment(restApiId=api, stageName="prod")
    return f"restapis/{api}/prod/_user_request_/orders"


def test_a_request_to_a_rest_api_is_not_taken_for_another(aws, deploy, dynamodb, name):
    function = deploy()
    path = rest_api(aws("apigateway"), function, name)
    assert request(f"{dynamodb}/{path}") == (201, "ö")
    # AWS's has no version; the emulator's has 1.0, as the payload of an HTTP API does.
    (invocation,) = function.wait_for(("other", "apigateway.rest"))
    assert (invocation.span.trace_id, invocation.sender) == (TRACE, SENDER)


@pytest.mark.parametrize("kind", ["TOKEN", "REQUEST"])
def test_an_authorizer_of_a_rest_api(kind, aws, deploy, dynamodb, name):
    function = deploy("allows")
    path = rest_api(aws("apigateway"), function, name, type=kind)
    status, _ = request(f"{dynamodb}/{path}")
    assert status == 200
    source = f"apigateway.authorizer.{kind.lower()}"
    # A token is all that the former is given: of the request it knows no header.
    invocation = shown(function, source, "synchronous", is_joined=kind == "REQUEST")
    assert invocation.span.attributes["sltrace.authorizer.decision"] == "allow"
    assert "a-token" not in repr(invocation.span.attributes)


def test_an_http_api_and_its_authorizer(aws, deploy, dynamodb, name):
    function = deploy()
    gateway = aws("apigatewayv2")
    api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    target = gateway.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=function.arn,
        PayloadFormatVersion="2.0",
    )["IntegrationId"]
    authorizer = gateway.create_authorizer(
        ApiId=api,
        Name=name,
        AuthorizerType="REQUEST",
        AuthorizerUri=uri(function),
        AuthorizerPayloadFormatVersion="2.0",
        EnableSimpleResponses=True,
        IdentitySource=["$request.header.Authorization"],
    )["AuthorizerId"]
    gateway.create_route(
        ApiId=api,
        RouteKey="GET /orders/{id}",
        Target=f"integrations/{target}",
        AuthorizationType="CUSTOM",
        AuthorizerId=authorizer,
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    assert request(f"{dynamodb}/_aws/execute-api/{api}/$default/orders/7") == (201, "ö")

    asked = shown(function, "apigateway.authorizer.http", "synchronous")
    assert asked.span.attributes["sltrace.authorizer.decision"] == "allow"
    route = "GET /orders/{id}"
    called = shown(function, "apigateway.http", "synchronous", f"API Gateway {route}")
    assert called.span.name == route
    assert called.span.attributes["http.response.status_code"] == 201
    assert asked.span.end <= called.span.start


def test_a_websocket_opened_written_to_and_closed(aws, deploy, dynamodb, name):
    function = deploy(runtime="python3.12")
    gateway = aws("apigatewayv2")
    api = gateway.create_api(
        Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )["ApiId"]
    target = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function.arn
    )["IntegrationId"]
    routes = ["$connect", "$default", "$disconnect"]
    for route in routes:
        gateway.create_route(ApiId=api, RouteKey=route, Target=f"integrations/{target}")
    gateway.create_stage(ApiId=api, StageName="prod", AutoDeploy=True)
    chat(urlsplit(dynamodb).port, f"/_aws/execute-api/{api}/prod")

    found = function.wait_for("apigateway.websocket", 3)
    assert [each.span.name for each in found] == routes
    for invocation, route in zip(found, routes, strict=True):
        # Only the handshake has headers.
        is_first = route == "$connect"
        check(invocation, "synchronous", f"API Gateway {route}", is_joined=is_first)
    assert len({each.span.attributes["sltrace.apigateway.connection_id"] for each in found}) == 1


def chat(port, path):
    """Open a WebSocket, send ``ping``, wait for what comes back, and hang up."""
    handshake = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
        f"traceparent: {TRACEPARENT}",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as client:
        client.sendall("\r\n".join([*handshake, "", ""]).encode())
        assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
        # One frame of text, 4 bytes long, masked by zeros (RFC 6455, section 5.2).
        client.sendall(b"\x81\x84\0\0\0\0ping")
        assert client.recv(4096)


def test_a_load_balancer(aws, deploy, dynamodb, name):
    function = deploy()
    balancers = aws("elbv2")
    made = balancers.create_load_balancer(Name=name, Subnets=["subnet-1"])["LoadBalancers"][0]
    groups = balancers.create_target_group(Name=name, TargetType="lambda")["TargetGroups"]
    group = groups[0]["TargetGroupArn"]
    balancers.register_targets(TargetGroupArn=group, Targets=[{"Id": function.arn}])
    balancers.create_listener(
        LoadBalancerArn=made["LoadBalancerArn"],
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
    )
    answer = request(f"{dynamodb}/orders", {**HEADERS, "Host": made["DNSName"]})
    assert answer == (201, "ö")
    # Its event has no time.
    invocation = shown(function, "alb", "synchronous")
    assert invocation.span.attributes["http.response.status_code"] == 201


def test_a_field_of_appsync_and_its_authorizer(aws, deploy, dynamodb, name):
    function = deploy()
    appsync = aws("appsync")
    api = appsync.create_graphql_api(
        name=name,
        authenticationType="AWS_LAMBDA",
        lambdaAuthorizerConfig={"authorizerUri": function.arn},
    )["graphqlApi"]["apiId"]
    appsync.create_data_source(
        apiId=api,
        name="orders",
        type="AWS_LAMBDA",
        lambdaConfig={"lambdaFunctionArn": function.arn},
    )
    appsync.create_resolver(apiId=api, typeName="Query", fieldName="order", dataSourceName="orders")
    query = json.dumps({"query": "query { order(id: 1) { body } }"}).encode()
    _, answer = request(f"{dynamodb}/v1/apis/{api}/graphql", HEADERS, query)
    assert "ö" in json.loads(answer)["data"]["order"].values()

    asked = shown(function, "appsync.authorizer", "synchronous")
    assert asked.span.attributes["sltrace.authorizer.decision"] == "allow"
    assert shown(function, "appsync.resolver", "synchronous").span.name == "Query.order"


def test_a_trigger_of_cognito(aws, deploy, name):
    function = deploy()
    cognito = aws("cognito-idp")
    config = {"PreTokenGeneration": function.arn}
    pool = cognito.create_user_pool(PoolName=name, LambdaConfig=config)["UserPool"]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName=name, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool, Username="ada", Password="Passw0rd!", Permanent=True
    )
    cognito.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Passw0rd!"},
    )
    told = shown(function, "cognito.user_pool", "synchronous", is_joined=False).span.attributes
    assert told["sltrace.cognito.trigger_source"] == "TokenGeneration_Authentication"
    assert told["user.hash"]
    assert "ada" not in repr(told)


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
