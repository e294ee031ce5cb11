"""The local store read back, whatever is in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

import sltrace
from sltrace.viewer import store
from sltrace.viewer.follow import follow
from sltrace.viewer.store import find, traces
from sltrace_local import LocalExporter

EPOCH = 1_732_440_000_000_000_000


def line(
    trace,
    start,
    end,
    *,
    name="work",
    span="00000000000000aa",
    parent="",
    request="",
    inferred=False,
):
    """One line of the store, with one span; times in seconds after the epoch of the tests."""
    about = [{"key": "faas.invocation_id", "value": {"stringValue": request}}] if request else []
    about += [{"key": "sltrace.inferred", "value": {"boolValue": True}}] if inferred else []
    span = {
        "traceId": trace,
        "spanId": span,
        "parentSpanId": parent,
        "name": name,
        "startTimeUnixNano": str(EPOCH + int(start * 10**9)),
        "endTimeUnixNano": str(EPOCH + int(end * 10**9)),
        "attributes": about,
    }
    request = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    return json.dumps(request).encode() + b"\n"


def write(folder, name, *lines, written=None):
    path = folder / name
    path.write_bytes(b"".join(lines))
    if written is not None:
        moment = EPOCH + int(written * 10**9)
        os.utime(path, ns=(moment, moment))
    return path


def identity(number):
    return f"{number:032x}"


def ids(found):
    return [int(trace.id, 16) for trace in found]


@pytest.fixture(autouse=True)
def nothing_reported(monkeypatch):
    monkeypatch.setattr(store, "_reported", set())


def test_the_traces_that_ended_last_come_first(tmp_path):
    write(tmp_path, "a.jsonl", *(line(identity(n), n, n + 0.5) for n in (1, 2, 5)), written=6)
    write(tmp_path, "b.jsonl", *(line(identity(n), n, n + 0.5) for n in (3, 4, 6)), written=7)
    assert ids(traces(tmp_path)) == [6, 5, 4, 3, 2, 1]
    assert ids(traces(tmp_path, limit=2)) == [6, 5]


def test_a_trace_is_put_together_from_all_files(tmp_path):
    one, two = (f"{n:016x}" for n in (1, 2))
    write(tmp_path, "a.jsonl", line(identity(1), 1, 2, span=one), written=2)
    write(tmp_path, "b.jsonl", line(identity(1), 2, 3, span=two), written=3)
    (trace,) = traces(tmp_path, limit=1)
    assert [span.span_id for span in trace.spans] == [one, two]


def test_a_span_that_was_written_twice_is_there_once(tmp_path):
    write(tmp_path, "a.jsonl", *[line(identity(1), 1, 2)] * 2)
    assert len(traces(tmp_path)[0].spans) == 1


def test_reading_stops_where_nothing_newer_can_be(tmp_path, monkeypatch):
    many = [line(identity(n), n, n + 0.5) for n in range(1, 2001)]
    write(tmp_path, "new.jsonl", *many, written=2001)
    write(tmp_path, "old.jsonl", line(identity(9999), 0, 0.5), written=0.5)
    decoded = []
    decode = store.decode
    monkeypatch.setattr(store, "decode", lambda text: decoded.append(1) or decode(text))
    assert ids(traces(tmp_path, limit=3)) == [2000, 1999, 1998]
    assert len(decoded) < 100


def test_a_trace_that_lasted_long_is_whole(tmp_path):
    first, last = (f"{n:016x}" for n in (1, 2))
    between = [line(identity(n), n, n + 0.5) for n in range(10, 900)]
    long = line(identity(1), 1, 5, span=first), line(identity(1), 1, 1000, span=last)
    write(tmp_path, "a.jsonl", long[0], *between, long[1], written=1000)
    (trace,) = traces(tmp_path, limit=1)
    assert len(trace.spans) == 2


def test_lines_longer_than_a_block_are_read_backwards(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "BLOCK_BYTES", 64)
    write(tmp_path, "a.jsonl", *(line(identity(n), n, n, name="x" * 50 * n) for n in range(1, 9)))
    found = traces(tmp_path)
    assert ids(found) == [8, 7, 6, 5, 4, 3, 2, 1]
    assert [len(trace.spans[0].name) for trace in found] == [50 * n for n in range(8, 0, -1)]


def test_a_line_beyond_all_bounds_is_not_kept_in_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(store, "BLOCK_BYTES", 64)
    monkeypatch.setattr(store, "MAX_LINE_BYTES", 1000)
    write(tmp_path, "a.jsonl", line(identity(1), 1, 2), b"x" * 5000 + b"\n")
    assert ids(traces(tmp_path)) == [1]
    assert "unreadable" in capsys.readouterr().err


WRONG = [
    b"{",
    b"null",
    b"3",
    b"[]",
    b"{}",
    b"\xff\xfe",
    b'{"resourceSpans": 3}',
    b'{"resourceSpans": [3]}',
    b'{"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]}',
    b"[" * 100_000,
    line("ab", 1, 2),
    line("z" * 32, 1, 2),
    line(identity(2), 1, 2).replace(b'"17', b'"9917'),
    line(identity(2), 1, 2).replace(b'"17', b'"-17'),
    line(identity(2), 1, 2).replace(b'"attributes": []', b'"attributes": [3]'),
    line(identity(2), 1, 2).replace(b'"attributes": []', b'"kind": 99'),
    line(identity(2), 1, 2).replace(b'"attributes": []', b'"status": {"code": 7}'),
    line(identity(2), 1, 2).replace(b'"attributes": []', b'"flags": "many"'),
    line(identity(2), 1, 2)[:-40],
]


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_an_unreadable_line_is_skipped_and_reported_once(tmp_path, capsys, wrong):
    path = write(
        tmp_path, "a.jsonl", line(identity(1), 1, 2), wrong, b"\n\n", line(identity(3), 3, 4)
    )
    assert ids(traces(tmp_path)) == [3, 1]
    assert capsys.readouterr().err == f"sltrace: {path}: skipped 1 unreadable line\n"
    assert ids(traces(tmp_path)) == [3, 1]
    assert capsys.readouterr().err == ""


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert traces(tmp_path / "none") == []
    assert find(tmp_path / "none", "ab") == []


def test_only_regular_files_are_read(tmp_path):
    (tmp_path / "folder.jsonl").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jsonl")
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    write(tmp_path, "a.jsonl", line(identity(1), 1, 2))
    assert ids(traces(tmp_path)) == [1]


TRACE = "6742f1c09f0123456789abcdef0123e2"
REQUEST = "8e6f1c2a-5b7d-4c3e-9f10-112233445566"


@pytest.mark.parametrize(
    "wanted",
    [
        TRACE,
        TRACE.upper(),
        "6742f1c09f",
        "6742f1c0-9f01",
        "1-6742f1c0-9f0123456789abcdef0123e2",
        "1-6742f1c0-9f",
        "1-6742f1c0",
        "1-6742",
        "1",
        "1-",
        "1-6742f1c0-9f...e2",
        " 1-6742f1c0-9f\N{HORIZONTAL ELLIPSIS}e2 ",
        REQUEST,
        "8e6f1c2a",
        "8e6f1c2a...",
        "8E6F1C2A-5b",
    ],
)
def test_a_trace_is_found_by_what_a_person_copies(tmp_path, wanted):
    write(
        tmp_path,
        "a.jsonl",
        *([line(identity(1), 1, 2)] if len(wanted) > 2 else []),
        line(TRACE, 1, 2, span="0000000000000001", request=REQUEST),
        line(TRACE, 1, 2, span="0000000000000002"),
    )
    (trace,) = find(tmp_path, wanted)
    assert trace.id == TRACE
    assert len(trace.spans) == 2


@pytest.mark.parametrize(
    "wanted", ["", " ", "...", "e2", "1-9", "6742f1c0...e3", "\ud800", "x" * 999]
)
def test_what_is_no_beginning_finds_nothing(tmp_path, wanted):
    write(tmp_path, "a.jsonl", line(TRACE, 1, 2, request=REQUEST))
    assert find(tmp_path, wanted) == []


def test_a_beginning_of_many_finds_as_many_as_asked_for(tmp_path):
    write(tmp_path, "a.jsonl", *(line(identity(n), n, n + 1) for n in range(30)))
    assert ids(find(tmp_path, "0" * 20, limit=4)) == [29, 28, 27, 26]


def test_what_began_since_a_moment_is_found_and_nothing_before(tmp_path):
    old, new = (f"{n:016x}" for n in (1, 2))
    many = [line(identity(n), 0, 0.5) for n in range(100, 900)]
    both = line(TRACE, 1, 2, span=old), line(TRACE, 5, 7, span=new)
    # The file's time is that of the kernel's last tick.
    write(tmp_path, "a.jsonl", *many, *both, line(identity(1), 6, 9), written=5 - 0.009)
    found = store.since(tmp_path, EPOCH + 5 * 10**9)
    assert ids(found) == [1, int(TRACE, 16)]
    assert [span.span_id for span in found[1].spans] == [new]
    assert store.since(tmp_path, EPOCH + 10 * 10**9) == []


def test_the_stages_that_an_event_had_come_through_are_found_with_what_it_began(tmp_path):
    topic, queue, invocation, other, above = (f"{n:016x}" for n in range(1, 6))
    write(
        tmp_path,
        "a.jsonl",
        line(TRACE, 0, 9, span=above),
        line(TRACE, 1, 5, span=other, inferred=True),
        line(TRACE, 1, 2, span=topic, parent=above, inferred=True),
        line(TRACE, 2, 5, span=queue, parent=topic, inferred=True),
        line(TRACE, 5, 7, span=invocation, parent=queue),
    )
    (trace,) = store.since(tmp_path, EPOCH + 5 * 10**9)
    assert [span.span_id for span in trace.spans] == [topic, queue, invocation]


def test_what_the_exporter_wrote_is_read_back(tmp_path):
    with sltrace.testing.capture() as spans:
        with pytest.raises(KeyError), sltrace.span("checkout", items=3, sizes=[1, 2.5]) as outer:
            outer.annotate({"order_id": "o-1"})
            with sltrace.span("price", text="\ud800\n", huge=1 << 70, nothing=float("inf")):
                raise KeyError("o-1")
    exporter = LocalExporter(str(tmp_path))
    exporter.export(spans)
    exporter.close()
    (trace,) = traces(tmp_path)
    checkout, price = trace.spans
    assert (checkout.name, price.name) == ("checkout", "price")
    assert trace.id == f"{spans[0].context.trace_id:032x}"
    assert price.parent_id == checkout.span_id
    assert checkout.parent_id == ""
    assert (checkout.start, checkout.end) == (spans[1].start_time, spans[1].end_time)
    assert checkout.attributes == {
        "items": 3,
        "sizes": (1, 2.5),
        "order_id": "o-1",
        "aws.xray.annotations": ("order_id",),
    }
    assert price.attributes == {"text": "?\n", "huge": str(1 << 70), "nothing": float("inf")}
    assert price.is_error
    assert price.events[0].attributes["exception.type"] == "KeyError"


WRITER = """
import sys
import sltrace
from sltrace_local import LocalExporter
with sltrace.testing.capture() as spans:
    with sltrace.span(sys.argv[2]):
        pass
LocalExporter(sys.argv[1]).export(spans)
"""


def write_elsewhere(folder, name):
    """Have another process record a trace of one span."""
    subprocess.run([sys.executable, "-c", WRITER, str(folder), name], check=True, timeout=60)


def names(trace):
    return [span.name for span in trace.spans]


def test_following_yields_what_other_processes_write_from_then_on(tmp_path):
    write_elsewhere(tmp_path, "before")
    arriving = follow(tmp_path, poll=0.01, settle=0.05)
    write_elsewhere(tmp_path, "one")
    assert names(next(arriving)) == ["one"]
    write_elsewhere(tmp_path, "two")
    assert names(next(arriving)) == ["two"]


def test_following_begins_before_the_folder_is_there(tmp_path):
    arriving = follow(tmp_path / "later", poll=0.01, settle=0.05)
    write_elsewhere(tmp_path / "later", "one")
    assert names(next(arriving)) == ["one"]


def append(path, text):
    with path.open("ab") as file:
        file.write(text)


def test_a_trace_that_grows_comes_again_whole(tmp_path):
    path = write(tmp_path, "a.jsonl")
    arriving = follow(tmp_path, poll=0.01, settle=0.02)
    append(path, line(TRACE, 1, 2, name="first"))
    assert names(next(arriving)) == ["first"]
    append(path, line(TRACE, 3, 4, name="second"))
    assert names(next(arriving)) == ["first", "second"]


def test_a_line_still_being_written_is_waited_for(tmp_path, capsys):
    path = write(tmp_path, "a.jsonl")
    arriving = follow(tmp_path, poll=0.01, settle=0.02)
    half = line(identity(2), 3, 4, name="half")
    append(path, line(TRACE, 1, 2, name="whole") + half[:50])
    assert names(next(arriving)) == ["whole"]
    append(path, half[50:])
    assert names(next(arriving)) == ["half"]
    assert capsys.readouterr().err == ""


def test_following_skips_what_it_cannot_read(tmp_path, capsys):
    path = write(tmp_path, "a.jsonl")
    arriving = follow(tmp_path, poll=0.01, settle=0.02)
    append(path, b"{torn\n" + line(TRACE, 1, 2, name="whole"))
    assert names(next(arriving)) == ["whole"]
    assert capsys.readouterr().err == f"sltrace: {path}: skipped 1 unreadable line\n"


def test_files_emptied_or_removed_meanwhile_do_not_stop_it(tmp_path):
    path = write(tmp_path, "a.jsonl", line(identity(1), 1, 2) * 5)
    gone = write(tmp_path, "gone.jsonl", line(identity(1), 1, 2))
    arriving = follow(tmp_path, poll=0.01, settle=0.02)
    gone.unlink()
    path.write_bytes(line(TRACE, 1, 2, name="again"))
    assert names(next(arriving)) == ["again"]
