"""Handlers that the emulator runs; with BARE set, the same ones without sltrace."""

import os

if os.environ.get("BARE"):

    def trace_handler(handler):
        return handler

else:
    import sltrace

    trace_handler = sltrace.trace_handler
    with sltrace.span("load config"):
        pass


class OrderError(Exception):
    pass


@trace_handler
def answers(event, context):
    if not os.environ.get("BARE"):
        with sltrace.span("price", items=3):
            sltrace.annotate(order_id="o-1")
    return {"statusCode": 201, "body": "ö", "event": event}


@trace_handler
def raises(event, context):
    try:
        return event["nothing"]
    except KeyError as error:
        raise OrderError("no such order: ö") from error


@trace_handler
def exits(event, context):
    raise SystemExit(3)


@trace_handler
def cannot_be_marshalled(event, context):
    return {1, 2}


@trace_handler
def hangs(event, context):
    import time

    time.sleep(30)
