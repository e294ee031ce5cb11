"""Attributes: any value becomes one that every exporter can send, or is dropped and counted."""

from hypothesis import given
from hypothesis import strategies as st

from sltrace._attributes import bounded, clean

SCALARS = (str, bool, int, float)
scalars = st.text() | st.booleans() | st.integers() | st.floats()
anything = st.recursive(
    scalars | st.none() | st.binary() | st.decimals() | st.uuids() | st.datetimes(),
    lambda inner: st.lists(inner) | st.sets(scalars) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(scalars)
def test_what_opentelemetry_takes_stays_as_it_is(value):
    kept = clean(value, None)
    assert kept is value or kept == value or value != value
    assert type(kept) is type(value)


@given(anything, st.none() | st.integers(0, 20))
def test_any_value_becomes_a_scalar_or_a_tuple_of_scalars(value, length):
    kept = clean(value, length)
    if value is None:
        assert kept is None
        return
    items = kept if isinstance(kept, tuple) else (kept,)
    assert all(type(item) in SCALARS for item in items)
    if length is not None:
        assert all(len(item) <= length for item in items if isinstance(item, str))


@given(st.dictionaries(st.text() | st.integers(), anything, max_size=20), st.integers(0, 10))
def test_none_is_lost_without_being_counted(attributes, room):
    kept, dropped = bounded(attributes, (room, None))
    assert len(kept) <= room
    assert len(kept) + dropped == len(attributes)
