"""``make demo``: the function of app.py under Lambda's own runtime, cold and then warm.

DynamoDB is ministack's, a process of this machine, on a port that is free. What is started here
is stopped here, however it ends.
"""

from __future__ import annotations

import compileall
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import boto3

HERE = Path(__file__).resolve().parent
START_SECONDS = 30


def main() -> int:
    """Run the demo and return the exit code: 0 when both invocations went well."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    # Python code in Lambda comes compiled, or else its first invocation pays for compiling it.
    for folder in (HERE, HERE.parents[1] / "sltrace", HERE.parents[1] / "exporters"):
        compileall.compile_dir(folder, quiet=2)
    try:
        with dynamodb() as endpoint:
            environment = {**os.environ, **function_environment(endpoint)}
            create_table(endpoint)
            return invoke(environment)
    except KeyboardInterrupt:
        return 130


@contextlib.contextmanager
def dynamodb():
    """Run ministack while the block lasts; yield the address that AWS clients are to use."""
    port = free_port()
    settings = {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "LAMBDA_EXECUTOR": "local",
    }
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            cwd=folder,
            env={**os.environ, **settings},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_for(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def free_port():
    """Return a port of this machine that nobody listened on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, log):
    """Return once ministack listens; exit with what it said when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    log.seek(0)
    said = log.read().decode(errors="replace")
    sys.exit(f"demo: the local DynamoDB (ministack) did not start:\n{said}")


def stop(process):
    """Stop the process, and its session, which is no one else's."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def function_environment(endpoint):
    """Return what the function needs to find the table, and nothing of a real account."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "ORDERS_TABLE": "orders",
    }


def create_table(endpoint):
    """Create the table and wait until it can be used."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
    client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="orders")
    client.close()


def invoke(environment):
    """Invoke the function twice, with its output as ours; return the command's exit code."""
    command = [sys.executable, "-m", "sltrace", "invoke", "app.handler", "--event", "event.json"]
    command += ["--rie", "--repeat", "2", "--function-name", "orders"]
    print("$ sltrace", *command[3:], flush=True)
    process = subprocess.Popen(command, cwd=HERE, env=environment)
    try:
        return process.wait()
    except BaseException:
        # On Ctrl-C the terminal has told it too; on SIGTERM nobody has.
        process.terminate()
        process.wait()
        raise


if __name__ == "__main__":
    sys.exit(main())
