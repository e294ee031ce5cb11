"""Handlers that AWS's emulator calls by way of its services."""

import base64
import json
import urllib.request

import sltrace


@sltrace.trace_handler
def answers(event, context):
    # An answer to a request, to an authorizer's question and to whoever wants none.
    return {"statusCode": 201, "body": "ö", "isAuthorized": True}


@sltrace.trace_handler
def allows(event, context):
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "u-1", "policyDocument": policy}


@sltrace.trace_handler
def transforms(event, context):
    data = base64.b64encode(b"changed").decode()
    records = [{"recordId": each["recordId"], "result": "Ok"} for each in event["records"]]
    return {"records": [{**each, "data": data} for each in records]}


@sltrace.trace_handler
def provides(event, context):
    answer = {key: event[key] for key in ("LogicalResourceId", "RequestId", "StackId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "thing-1"}
    body = json.dumps(answer).encode()
    with urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT")):
        return answer


@sltrace.trace_handler
def processes(event, context):
    batch = sltrace.records(event)
    for record in batch:
        with batch.catch():
            is_first = record["attributes"]["ApproximateReceiveCount"] == "1"
            if record["body"] == "bad" and is_first:
                raise ValueError("no such order")
    return batch.response()


@sltrace.trace_handler
def fails(event, context):
    raise ValueError("no such order")
