"""``make demo``: the function of app.py under Lambda's own runtime, cold and then warm.

DynamoDB is ministack's, a process of this machine on a free port. What is started here is stopped
here, however it ends.
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
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
START_SECONDS = 30
STOP_SECONDS = 5
ENDING = (signal.SIGTERM, signal.SIGHUP)  # the latter where the terminal is closed


def main() -> int:
    """Run the demo and return the exit code: 0 when both invocations went well."""
    for number in ENDING:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup does
            signal.signal(number, leave)
    # Code in Lambda comes compiled; otherwise the cold start shown would be the compiler's.
    for folder in (HERE, ROOT / "sltrace", ROOT / "exporters"):
        compileall.compile_dir(folder, quiet=2)
    try:
        with dynamodb() as address:
            use_only(address)
            create_table()
            return invoke()
    except KeyboardInterrupt:
        return 130


def leave(number: int, _: object) -> None:
    """End in good order, for what was started here to be stopped."""
    for each in ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


@contextlib.contextmanager
def dynamodb() -> Iterator[str]:
    """Run ministack while the block lasts, and yield its address."""
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
            start_new_session=True,  # for Ctrl-C to reach us alone, who then stop it
        )
        try:
            wait_for(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


def free_port() -> int:
    """Return a port of this machine that nobody listened on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(process: subprocess.Popen[bytes], port: int, log: BinaryIO) -> None:
    """Return once the process answers; exit with what it wrote when it does not."""
    url = f"http://127.0.0.1:{port}/_ministack/health"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), opener.open(url, timeout=5):
            return
        time.sleep(0.05)
    log.seek(0)
    wrote = log.read().decode(errors="replace")
    sys.exit(f"demo: the local DynamoDB (ministack) did not start\n{wrote}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop the process: asked first, then made to."""
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def use_only(address: str) -> None:
    """Leave AWS clients, here and in the function, that address and no account to use."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",  # noqa: S106 - a word, for a DynamoDB that asks for one
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_DEFAULT_REGION="eu-west-1",
        AWS_REGION="eu-west-1",
        AWS_ENDPOINT_URL_DYNAMODB=address,
        NO_PROXY="127.0.0.1",
        no_proxy="127.0.0.1",
    )


def create_table() -> None:
    """Create the table and wait until it can be used."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName="orders")
    client.close()


def invoke() -> int:
    """Invoke the function twice, and return the exit code of the command that does so."""
    # Kept where `sltrace show` looks when called from the root of this repository.
    os.environ.setdefault("SLTRACE_LOCAL_DIR", str(ROOT / ".sltrace"))
    words = ["invoke", "app.handler", "--event", "event.json", "--rie", "--repeat", "2"]
    words += ["--function-name", "orders"]
    print("$ sltrace", *words, flush=True)
    process = subprocess.Popen(  # noqa: S603 - the words above
        [sys.executable, "-m", "sltrace", *words], cwd=HERE, start_new_session=True
    )
    try:
        return process.wait()
    finally:
        process.terminate()  # it stops its emulator, then ends
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
