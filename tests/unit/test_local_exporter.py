"""The local exporter's files: where they are, who writes them, when they go."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest

import sltrace_local
from sltrace._model import (
    InstrumentationScope,
    Resource,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
)
from sltrace_local import send

RESOURCE = Resource({"service.name": "orders"})


def span(name="price"):
    return SimpleNamespace(
        name=name,
        context=SpanContext(1, 2),
        parent=None,
        kind=SpanKind.INTERNAL,
        start_time=1,
        end_time=2,
        attributes={},
        events=(),
        links=(),
        status=Status(StatusCode.UNSET),
        resource=RESOURCE,
        instrumentation_scope=InstrumentationScope("sltrace", "1"),
        dropped_attributes=0,
        dropped_events=0,
        dropped_links=0,
        annotations=frozenset(),
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def exporter(folder):
    exporter = send.LocalExporter(str(folder))
    yield exporter
    exporter.close()


def files(folder):
    return sorted(folder.glob("*.jsonl"))


def names(path):
    """The span's name on each of the file's lines; every line must be whole."""
    lines = path.read_bytes().splitlines()
    return [
        json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"] for line in lines
    ]


def test_each_call_appends_one_line_to_one_file(exporter, folder):
    exporter.export([span("one")])
    exporter.export([span("two"), span("three")])
    (path,) = files(folder)
    assert names(path) == ["one", "two"]
    assert path.name.endswith(f"Z-{os.getpid()}.jsonl")


def test_nothing_is_opened_before_the_first_span(exporter, folder):
    exporter.export([])
    assert not folder.exists()


def test_a_folder_it_makes_is_kept_out_of_git(exporter, folder):
    exporter.export([span()])
    assert (folder / ".gitignore").read_text() == "*\n"


def test_a_folder_that_was_there_gets_no_gitignore(exporter, folder):
    folder.mkdir()
    exporter.export([span()])
    assert not (folder / ".gitignore").exists()


def test_the_environment_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SLTRACE_LOCAL_DIR", str(tmp_path / "mine"))
    exporter = sltrace_local.exporter()
    exporter.export([span()])
    exporter.close()
    assert len(files(tmp_path / "mine")) == 1


def test_by_default_the_folder_is_in_the_one_current_when_it_was_made(monkeypatch, tmp_path):
    monkeypatch.delenv("SLTRACE_LOCAL_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    exporter = sltrace_local.exporter()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    exporter.export([span()])
    exporter.close()
    assert len(files(tmp_path / ".sltrace")) == 1


def test_threads_share_the_file_and_tear_no_line(exporter, folder):
    def work():
        for _ in range(50):
            exporter.export([span("x" * 5_000)])

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (path,) = files(folder)
    assert names(path) == ["x" * 5_000] * 200


FORKS = """
import os, sys, threading
sys.path.insert(0, sys.argv[2])
from test_local_exporter import send, span
exporter = send.LocalExporter(sys.argv[1])
exporter.export([span("parent")])
exporter._file.lock.acquire()  # as another thread might, at the moment of the fork
if os.fork() == 0:
    exporter.export([span("child")])
    os._exit(0)
assert os.wait()[1] == 0
exporter._file.lock.release()
exporter.export([span("parent")])
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_writes_a_file_of_its_own(folder):
    here = os.path.dirname(__file__)
    subprocess.run([sys.executable, "-c", FORKS, str(folder), here], check=True, timeout=60)
    assert sorted(names(path) for path in files(folder)) == [["child"], ["parent", "parent"]]


def test_a_descriptor_is_not_inherited(exporter, folder):
    exporter.export([span()])
    assert not os.get_inheritable(exporter._file.descriptor)


def test_a_full_file_is_followed_by_another(exporter, folder, monkeypatch):
    monkeypatch.setattr(send, "MAX_FILE_BYTES", 1_000)
    times = iter(range(0, 10**12, 10**9))
    monkeypatch.setattr(send.time, "time_ns", lambda: next(times))
    for _ in range(3):
        exporter.export([span("x" * 600)])
    assert [names(path) for path in files(folder)] == [["x" * 600]] * 3


def test_a_folder_cleared_meanwhile_is_made_again(exporter, folder):
    exporter.export([span("one")])
    for path in [*folder.iterdir()]:
        path.unlink()
    folder.rmdir()
    exporter.export([span("two")])
    (path,) = files(folder)
    assert names(path) == ["two"]


def old(folder, name, size, age):
    path = folder / name
    with path.open("wb") as file:
        file.truncate(size)
    os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
    return path


def test_the_oldest_files_go_when_the_folder_is_full(exporter, folder, monkeypatch):
    monkeypatch.setattr(send, "MAX_FOLDER_BYTES", 250)
    folder.mkdir()
    newest = old(folder, "20250101T000000.000Z-1.jsonl", 100, 1)
    newer = old(folder, "20250103T000000.000Z-2.jsonl", 100, 2)
    older = old(folder, "20250102T000000.000Z-3.jsonl", 100, 3)
    oldest = old(folder, "20250104T000000.000Z-4.jsonl", 10, 4)
    mine = old(folder, "notes.jsonl", 1_000, 5)
    exporter.export([span()])
    assert newest.exists()
    assert newer.exists()
    assert not older.exists()
    assert not oldest.exists()
    assert mine.exists(), "a file that sltrace did not name is not its to remove"


def test_the_bounds_are_the_documented_ones():
    assert (send.MAX_FILE_BYTES, send.MAX_FOLDER_BYTES) == (32 * 1024**2, 256 * 1024**2)


def test_a_short_write_is_completed(exporter, folder, monkeypatch):
    whole = os.write
    monkeypatch.setattr(send.os, "write", lambda fd, data: whole(fd, bytes(data[:7])))
    exporter.export([span("one")])
    (path,) = files(folder)
    assert names(path) == ["one"]


def test_a_line_cut_short_does_not_spoil_the_next(exporter, folder, monkeypatch):
    whole = os.write

    def full_disk(descriptor, data):
        if len(data) < 100:
            raise OSError(28, "No space left on device")
        return whole(descriptor, bytes(data[:100]))

    monkeypatch.setattr(send.os, "write", full_disk)
    with pytest.raises(OSError, match="No space left"):
        exporter.export([span("one")])
    monkeypatch.setattr(send.os, "write", whole)
    exporter.export([span("two")])
    exporter.export([span("three")])
    (path,) = files(folder)
    torn, *rest = path.read_bytes().splitlines()
    assert torn.startswith(b'{"resourceSpans"')
    assert [b"two" in rest[0], b"three" in rest[1]] == [True, True]
    assert all(json.loads(line) for line in rest)


def test_errors_reach_the_caller(folder):
    folder.write_text("a file, not a folder")
    with pytest.raises(OSError, match=r"Not a directory|cannot find"):
        send.LocalExporter(str(folder)).export([span()])


def test_the_file_is_not_executable(exporter, folder):
    exporter.export([span()])
    (path,) = files(folder)
    assert not stat.S_IMODE(path.stat().st_mode) & 0o133


HEAVY = """
import json, logging, re, functools, contextlib, threading, traceback, decimal, collections
import __future__, enum, os, sys, time
before = set(sys.modules)
import sltrace_local.encode, sltrace_local.send
print(*sorted(name for name in set(sys.modules) - before if not name.startswith("sltrace")))
"""


def test_importing_it_loads_nothing_heavy():
    done = subprocess.run(
        [sys.executable, "-c", HEAVY], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == []
