"""The table of the event sources: all of them, each with what its own module says."""

from __future__ import annotations

import io

import pytest

from sltrace.events import load, module_names
from sltrace.local import sources


def rows():
    return {row[0]: row[1:] for row in sources.rows()}


def test_every_module_has_a_row_of_its_own():
    assert len(rows()) == len(sources.rows()) == len(module_names())


def test_a_row_says_what_the_module_says():
    sqs = load("sqs")
    told = ("pubsub", "poll", ", ".join(sqs.carriers), sqs.upstream, "partial batch failures")
    assert rows()["`sqs`"] == told


def test_what_a_module_does_not_say_is_empty():
    assert rows()["`other`"] == ("other", "", "event", "", "")


def test_sources_are_in_the_order_of_their_names():
    names = [row[0].replace("`", "") for row in sources.rows()]
    assert names == sorted(names)


def test_formats_of_one_source_are_told_apart():
    assert {"`apigateway.http`", "`apigateway.http` (v1)"} <= rows().keys()
    assert {"`vpc_lattice` (v1)", "`vpc_lattice` (v2)"} <= rows().keys()


def test_in_markdown_each_row_is_a_line_of_as_many_cells(monkeypatch):
    monkeypatch.setattr(type(load("sqs")), "answer", "this | that")
    head, rule, *lines = sources.markdown().splitlines()
    assert head == "| source | trigger | model | carriers | upstream spans | response |"
    assert rule == "| --- | --- | --- | --- | --- | --- |"
    assert len(lines) == len(module_names())
    assert all(line.replace(r"\|", "").count("|") == 7 for line in lines)
    assert any(line.endswith(r"| this \| that |") for line in lines)


@pytest.mark.parametrize(("width", "columns"), [(60, 2), (80, 2), (140, 6), (200, 6)])
def test_a_terminal_gets_as_many_columns_as_it_has_room_for(monkeypatch, width, columns):
    pytest.importorskip("rich")
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    sources.show(stream)
    lines = stream.getvalue().splitlines()
    assert all(len(line) <= width for line in lines)
    assert sum(heading in lines[1] for heading in sources.HEADINGS) == (1 if columns == 2 else 6)
    told = "".join(lines)
    assert all(row[0].replace("`", "") in told for row in sources.rows())
    assert "`" not in told
