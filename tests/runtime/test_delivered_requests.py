"""Requests that AWS's emulator makes of a function: recognised, joined to their callers, and shown.

Only what the emulator does as AWS does can be shown here. Where its event lacks something that
AWS's has, the test says so, and the source may be `other`: never another one.
"""

import json
import socket
from urllib.parse import urlsplit

import pytest
from tests_catalogue import TRACEPARENT
from tests_delivering import (
    ANSWER,
    DETAIL,
    HEADERS,
    SENDER,
    TRACE,
    check,
    request,
    shown,
    uri,
)
from tests_deploying import SECONDS

pytestmark = [pytest.mark.component, pytest.mark.usefixtures("polled")]


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
