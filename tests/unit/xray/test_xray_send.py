"""Datagrams to the daemon, and the address it listens on."""

import errno
import json
import os
import socket

import pytest

import sltrace
import sltrace_xray
from sltrace.testing import capture
from sltrace_xray.send import DEFAULT_ADDRESS, XRayExporter, daemon_address

FIRST_LINE = b'{"format":"json","version":1}\n'
VARIABLE = "AWS_XRAY_DAEMON_ADDRESS"


@pytest.fixture(params=[("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def daemon(request):
    """Listen where a daemon would; the socket."""
    host, family = request.param
    with socket.socket(family, socket.SOCK_DGRAM) as sink:
        try:
            sink.bind((host, 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        sink.settimeout(5)
        yield sink


@pytest.fixture
def exporter_for():
    """Make exporters that are closed after the test."""
    made = []

    def make(address, *, in_lambda=False):
        made.append(XRayExporter(address, in_lambda=in_lambda))
        return made[-1]

    yield make
    for exporter in made:
        exporter.close()


def spans(name="job", **attributes):
    with capture() as captured, sltrace.span(name, **attributes):
        pass
    return captured


def received(sink):
    datagram = sink.recv(65_536)
    assert datagram.startswith(FIRST_LINE)
    return json.loads(datagram[len(FIRST_LINE) :])


def test_a_document_is_one_datagram_behind_the_daemons_first_line(daemon, exporter_for):
    exporter = exporter_for(daemon.getsockname()[:2])
    exporter.export(spans("first"))
    exporter.export(spans("second"))
    assert [received(daemon)["name"] for _ in range(2)] == ["first", "second"]


def test_the_largest_document_fits_into_a_datagram(exporter_for):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        sink.settimeout(5)
        exporter_for(sink.getsockname()).export(spans(text="x" * 64_700))
        assert received(sink)["metadata"]["default"]["text"] == "x" * 64_700


def test_the_exporter_of_the_table_sends_what_an_invocation_traced(daemon, monkeypatch):
    host, port = daemon.getsockname()[:2]
    monkeypatch.setenv(VARIABLE, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "orders")
    header = "Root=1-6742f1c0-000000000000000000000001;Parent=00000000000000aa;Sampled=1"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with capture() as captured, sltrace.testing.fresh_sandbox():
        sltrace.trace_handler(lambda event, context: None)({}, sltrace.testing.context())
    exporter = sltrace_xray.exporter()
    exporter.export(captured)
    exporter.close()
    init, invocation = received(daemon), received(daemon)
    assert init["name"] == "init"
    assert init["type"] == invocation["type"] == "subsegment"
    assert init["parent_id"] == invocation["parent_id"] == "00000000000000aa"


def test_without_a_daemon_nothing_fails(exporter_for):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        address = probe.getsockname()
    exporter = exporter_for(address)
    for _ in range(3):
        exporter.export(spans())


def test_without_sampled_spans_no_socket_is_opened(exporter_for, monkeypatch):
    header = "Root=1-6742f1c0-000000000000000000000001;Parent=00000000000000aa;Sampled=0"
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    with capture() as captured:
        sltrace.trace_handler(lambda event, context: None)({}, sltrace.testing.context())
    assert captured
    # A host that has no address would fail if it were looked up.
    exporter_for(("no-such-host.invalid", 2000)).export(captured)


def test_a_name_without_an_address_is_the_callers_to_report(exporter_for):
    with pytest.raises(OSError, match=r"."):
        exporter_for(("no-such-host.invalid", 2000)).export(spans())


def test_of_several_datagrams_one_that_fails_does_not_stop_the_others(daemon, exporter_for):
    class Flaky:
        def __init__(self, real):
            self.real = real
            self.sent = 0

        def sendto(self, *about):
            self.sent += 1
            if self.sent == 1:
                raise OSError(errno.EAGAIN, "the buffer is full")
            return self.real.sendto(*about)

        def close(self):
            self.real.close()

    exporter = exporter_for(daemon.getsockname()[:2])
    exporter.export(spans("opens the socket"))
    received(daemon)
    sender, target = exporter._target
    exporter._target = (Flaky(sender), target)
    with pytest.raises(BlockingIOError):
        exporter.export([*spans("lost"), *spans("second"), *spans("third")])
    assert [received(daemon)["name"] for _ in range(2)] == ["second", "third"]
    exporter.export(spans("after"))
    assert received(daemon)["name"] == "after"


def test_sending_never_waits(exporter_for, daemon):
    exporter = exporter_for(daemon.getsockname()[:2])
    exporter.export(spans())
    assert exporter._target[0].gettimeout() == 0


def test_closing_twice_is_harmless(exporter_for, daemon):
    exporter = exporter_for(daemon.getsockname()[:2])
    exporter.export(spans())
    exporter.close()
    exporter.close()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:3000", ("127.0.0.1", 3000)),
        ("169.254.79.129:2000", ("169.254.79.129", 2000)),
        ("xray-daemon:2000", ("xray-daemon", 2000)),
        ("udp:10.0.0.1:2000", ("10.0.0.1", 2000)),
        ("udp:2000", ("udp", 2000)),
        ("tcp:10.0.0.1:2000 udp:10.0.0.2:2001", ("10.0.0.2", 2001)),
        ("udp:10.0.0.2:2001 tcp:10.0.0.1:2000", ("10.0.0.2", 2001)),
        (" udp:10.0.0.2:2001   tcp:10.0.0.1:2000 ", ("10.0.0.2", 2001)),
        ("[::1]:2000", ("::1", 2000)),
        ("udp:[fd00::2]:2000", ("fd00::2", 2000)),
        ("tcp:[::1]:2000 udp:[::2]:2001", ("::2", 2001)),
        ("", DEFAULT_ADDRESS),
        ("  ", DEFAULT_ADDRESS),
    ],
)
def test_every_form_of_the_daemons_address_is_read(text, address, capsys):
    assert daemon_address({VARIABLE: text}) == address
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "127.0.0.1:",
        ":2000",
        "127.0.0.1:http",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:２０００",
        "::1:2000",
        "dämon:2000",
        "[::1]",
        "tcp:10.0.0.1:2000",
        "tcp:10.0.0.1:2000 tcp:10.0.0.1:2000",
        "udp:10.0.0.1:2000 udp:10.0.0.1:2001",
        "10.0.0.1:2000 10.0.0.2:2000",
        "10.0.0.1:2000 udp:10.0.0.2:2000",
        "http://10.0.0.1:2000",
        "tcp:10.0.0.1:2000 udp:10.0.0.2:2001 udp:x:1",
    ],
)
def test_a_malformed_address_warns_once_and_takes_the_default(text, capsys):
    assert daemon_address({VARIABLE: text}) == DEFAULT_ADDRESS
    assert daemon_address({VARIABLE: text}) == DEFAULT_ADDRESS
    (line,) = capsys.readouterr().err.splitlines()
    assert VARIABLE in line
    assert "127.0.0.1:2000" in line


def test_without_the_variable_the_default_is_taken():
    assert daemon_address({}) == ("127.0.0.1", 2000)
    assert daemon_address(os.environ) == ("127.0.0.1", 2000)
