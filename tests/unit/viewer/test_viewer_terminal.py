"""`sltrace show` and `sltrace tail` as a person and a pipe see them."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys

import pytest

import sltrace
from sltrace.viewer import terminal
from sltrace_local import LocalExporter

WRITER = """
import sys
import sltrace
from sltrace_local import LocalExporter
with sltrace.testing.capture() as spans:
    with sltrace.span(sys.argv[2]):
        pass
LocalExporter(sys.argv[1]).export(spans)
"""
TAIL = "import sys; from sltrace.viewer.terminal import tail; sys.exit(tail(sys.argv[1]))"
SHOW = "import sys; from sltrace.viewer.terminal import show; sys.exit(show(sys.argv[1]))"


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def __init__(self, encoding="utf-8"):
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return True


@pytest.fixture(autouse=True)
def colour_terminal(monkeypatch):
    for name in ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def record(folder, *names):
    exporter = LocalExporter(str(folder))
    for name in names:
        with sltrace.testing.capture() as spans, sltrace.span(name):
            pass
        exporter.export(spans)
    exporter.close()
    return spans


def test_a_terminal_gets_colour_and_blocks(make):
    stream = Terminal()
    terminal.print_trace(make.cold(), stream, 80)
    assert "\x1b[" in stream.getvalue()
    assert "\N{FULL BLOCK}" in stream.getvalue()


def printed_plain(trace, stream):
    terminal.print_trace(trace, stream, 80)
    return stream.getvalue().isascii() and "\x1b" not in stream.getvalue()


def test_a_pipe_gets_plain_ascii(make):
    assert printed_plain(make.cold(), io.StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_the_environment_can_ask_for_plain_ascii(make, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert printed_plain(make.cold(), Terminal())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", None])
def test_a_terminal_without_utf_8_gets_plain_ascii(make, encoding):
    assert printed_plain(make.cold(), Terminal(encoding))


def test_a_pipe_stays_plain_even_where_colour_is_forced(make, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert printed_plain(make.cold(), io.StringIO())


def test_colour_says_nothing_that_the_text_does_not(make):
    trace, colour, plain = make.failed(), Terminal(), io.StringIO()
    terminal.print_trace(trace, colour, 80)
    terminal.print_trace(trace, plain, 80)
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", colour.getvalue())
    bars = str.maketrans("!\N{FULL BLOCK}\N{LEFT HALF BLOCK}\N{RIGHT HALF BLOCK}", "    ")
    lines = [line.translate(bars).split() for line in stripped.splitlines()]
    assert lines == [line.translate(bars).split() for line in plain.getvalue().splitlines()]


def test_markup_and_escapes_in_values_are_shown_not_obeyed(make):
    make.span("[red]x[/red] :smile: \x1b[2J", 0, 1)
    stream = Terminal()
    terminal.print_trace(make.trace(), stream, 100)
    assert r"[red]x[/red] :smile: \x1b[2J" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()


def test_show_prints_the_newest_and_lists_some_earlier(tmp_path, capsys):
    record(tmp_path, *"abcdefgh")
    assert terminal.show(tmp_path) == 0
    first, _, rest = capsys.readouterr().out.partition("\n\n")
    assert first.startswith("h ")
    assert [line.split()[3] for line in rest.splitlines()[1:]] == list("gfedc")


def test_the_list_of_earlier_ones_keeps_to_the_width(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "44")
    record(tmp_path, "x" * 60, "one")
    assert terminal.show(tmp_path) == 0
    assert terminal.show(tmp_path, "1-") == 2
    told = capsys.readouterr()
    *_, listed = told.out.splitlines()
    assert listed.endswith("xxx...")
    assert max(map(len, told.out.splitlines() + told.err.splitlines()[1:])) == 44


def test_show_prints_the_trace_that_is_asked_for(tmp_path, capsys):
    (span,) = record(tmp_path, "one")
    record(tmp_path, "two")
    assert terminal.show(tmp_path, f"{span.context.trace_id:032x}") == 0
    assert capsys.readouterr().out.startswith("one ")


def test_an_empty_store_says_what_to_run(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert terminal.show(tmp_path / ".sltrace") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == (
        "sltrace: no traces in .sltrace yet: record one with "
        "`sltrace invoke app.handler --event apigateway:aws-proxy`\n"
    )


def test_an_unknown_trace_is_one_line_and_exit_2(tmp_path, capsys):
    record(tmp_path, "one")
    assert terminal.show(tmp_path, "1-ffffffff\x1b") == 2
    told = capsys.readouterr()
    assert told.out == ""
    expected = rf"sltrace: no trace or request id in {tmp_path} begins with '1-ffffffff\x1b'"
    assert told.err == f"{expected}\n"


def test_a_trace_asked_of_an_empty_store_is_exit_2(tmp_path, capsys):
    assert terminal.show(tmp_path, "1-ffffffff") == 2
    assert "no traces in" in capsys.readouterr().err


def test_a_beginning_of_several_lists_them_and_is_exit_2(tmp_path, capsys):
    (span,) = record(tmp_path, "one", "two")
    beginning = f"{span.context.trace_id:032x}"[:4]  # of the epoch second
    assert terminal.show(tmp_path, beginning) == 2
    told = capsys.readouterr()
    assert told.out == ""
    head, *listed = told.err.splitlines()
    assert head == f"sltrace: '{beginning}' may mean any of these, or more:"
    assert [line.split()[3] for line in listed] == ["two", "one"]


def test_a_store_that_is_no_folder_is_exit_2(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert terminal.show(tmp_path / "file") == 2
    assert capsys.readouterr().err.endswith("file is not a folder\n")


def test_without_rich_the_terminal_gets_plain_ascii(make, monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    assert printed_plain(make.cold(), Terminal())


@pytest.mark.skipif(os.name == "nt", reason="signals and pipes of Unix")
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    record(tmp_path, *(f"span {at}" for at in range(20)))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(tmp_path)],
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(os.name == "nt", reason="signals and pipes of Unix")
def test_tail_prints_what_another_process_records_until_interrupted(tmp_path):
    command = [sys.executable, "-c", TAIL, str(tmp_path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as tail:
        try:
            assert tail.stderr.readline().startswith("sltrace: waiting for traces in ")
            for name in ("one", "two"):
                subprocess.run(
                    [sys.executable, "-c", WRITER, str(tmp_path), name], check=True, timeout=60
                )
                title, row, blank = (tail.stdout.readline() for _ in range(3))
                assert title.startswith(f"{name} ")
                assert "==" in row
                assert blank == "\n"
            tail.send_signal(signal.SIGINT)
            assert tail.wait(timeout=60) == 130
            assert tail.stderr.read() == ""
        finally:
            tail.kill()
