"""Timestamps of events are read as ``datetime`` reads them, and nothing else is taken for one."""

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sltrace.events._times import from_iso, from_ms, from_seconds

SECOND = 1_000_000_000
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m)))
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
micros = st.integers(86_400_000_000, 7_258_000_000_000_000)
moments = st.builds(
    lambda micro, zone: (EPOCH + dt.timedelta(microseconds=micro)).astimezone(zone), micros, zones
)


def nanoseconds(moment):
    return (moment - EPOCH) // dt.timedelta(microseconds=1) * 1000


@given(moments, st.sampled_from("T "))
def test_iso_8601_is_read_to_the_microsecond_in_every_zone(moment, separator):
    assert from_iso(moment.isoformat(separator)) == nanoseconds(moment)
    assert from_iso(moment.strftime("%Y-%m-%dT%H:%M:%S.%f%z")) == nanoseconds(moment)


@given(st.integers(1, 7_000_000_000_000))
def test_milliseconds_are_exact_as_a_number_and_as_digits(value):
    assert from_ms(value) == from_ms(str(value)) == value * 1_000_000


@given(st.integers(1, 7_000_000_000), st.integers(0, 999_999))
def test_seconds_with_a_fraction_are_exact_to_the_microsecond(seconds, micros):
    assert from_seconds(seconds) == seconds * SECOND
    read = from_seconds(f"{seconds}.{micros:06}")
    assert abs(read - (seconds * SECOND + micros * 1000)) <= 1000


@example(10**400)
@example(float("nan"))
@given(st.one_of(st.none(), st.booleans(), st.text(), st.floats(), st.integers(), st.binary()))
def test_anything_else_is_no_time_and_raises_nothing(value):
    for read in (from_iso, from_ms, from_seconds):
        found = read(value)
        assert found is None or (type(found) is int and 0 < found < 2**63)


@pytest.mark.parametrize(
    "text",
    [
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "2026-01-32T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z",
        "2026-01-01X00:00:00Z",
        "2026/01/01T00:00:00Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+1",
        "2026-01-01T00:00:00+00:00:00",
        "2026-01-01T00:00",
        "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_almost_a_time_is_none(text):
    assert from_iso(text) is None
