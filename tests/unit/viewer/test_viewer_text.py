"""Text made fit for a terminal."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sltrace.viewer.stacks import parse
from sltrace.viewer.text import cells, cut, duration, fit, safe, shown

texts = st.text(st.characters(), max_size=40)


@given(texts)
def test_what_is_safe_prints_on_one_line(text):
    assert safe(text, ascii_only=False).isprintable()
    plain = safe(text, ascii_only=True)
    assert plain.isascii()
    assert plain.isprintable()


@given(texts, st.integers(0, 40))
def test_a_cut_keeps_to_the_width(text, width):
    text = safe(text, ascii_only=False)
    assert cells(cut(text, width)) <= width
    assert cells(fit(text, width)) == width


def test_a_cut_is_marked():
    assert cut("DynamoDB PutItem orders", 12) == "DynamoDB..."
    assert cut("DynamoDB", 8) == "DynamoDB"
    assert cut("\u65e5\u672c\u8a9e\u65e5\u672c", 8) == "\u65e5\u672c..."


@given(texts, st.integers(4, 40))
def test_a_cut_never_halves_an_escape(text, width):
    whole = safe(text.replace("\\", ""), ascii_only=True)
    kept = cut(whole, width).removesuffix("...")
    half = re.search(r"\\(x.?|u.{0,3}|U.{0,7})?$", kept)
    assert half is None


@pytest.mark.parametrize(
    ("nanoseconds", "expected"),
    [
        (0, "0 us"),
        (420_000, "420 us"),
        (999_499, "999 us"),
        (999_500, "1.0 ms"),
        (3_440_000, "3.4 ms"),
        (9_949_999, "9.9 ms"),
        (9_960_000, "10 ms"),
        (405_000_000, "405 ms"),
        (999_500_000, "1.00 s"),
        (1_250_000_000, "1.25 s"),
        (12_340_000_000, "12.3 s"),
        (59_960_000_000, "1 min 00 s"),
        (125_000_000_000, "2 min 05 s"),
        (3_723_000_000_000, "1 h 02 min"),
        (-3_000_000, "-3.0 ms"),
        (-100, "0 us"),
    ],
)
def test_durations_have_the_unit_that_suits_them(nanoseconds, expected):
    assert duration(nanoseconds) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("o-1", "o-1"),
        ("", '""'),
        ("a b", '"a b"'),
        ("\xe9 \u65e5", '"\xe9 \u65e5"'),
        ("a\nb", '"a\\nb"'),
        (3, "3"),
        (2.5, "2.5"),
        (True, "true"),
        (None, "null"),
        ((1, "a b"), '[1, "a b"]'),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_values_are_quoted_only_where_they_must_be(value, expected):
    assert shown(value) == expected


@given(st.text(max_size=200))
def test_any_text_may_be_given_for_a_stack(text):
    parse(text)
    parse(f"Traceback (most recent call last):\n{text}")


def test_a_stack_of_another_form_is_not_taken_for_pythons():
    assert parse("Error: bad\n    at handler (/var/task/index.js:1:1)") == []
    assert parse("  + Exception Group Traceback (most recent call last):\n  | ...") == []


def test_an_exception_while_another_was_handled_is_told_so():
    text = (
        'Traceback (most recent call last):\n  File "/a.py", line 1, in one\nKeyError: 1\n'
        "\nDuring handling of the above exception, another exception occurred:\n\n"
        'Traceback (most recent call last):\n  File "/b.py", line 2, in two\n    x()\n'
        "  [Previous line repeated 3 more times]\nValueError: first\nsecond\n"
    )
    raised, cause = parse(text)
    assert (raised.relation, raised.message) == ("", "ValueError: first\nsecond")
    assert (cause.relation, cause.message) == ("while handling", "KeyError: 1")
    (frame,) = raised.frames
    assert (frame.path, frame.line, frame.function, frame.source) == ("/b.py", "2", "two", "x()")
