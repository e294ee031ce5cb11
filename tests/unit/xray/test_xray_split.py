"""Traces that are too large for one document."""

import json

import pytest
from xray_documents import LIMIT, documents, walk

import sltrace
from sltrace._model import SpanContext
from sltrace.testing import capture
from sltrace_xray.encode import encode


def shed_of(segment):
    return segment["metadata"]["sltrace"]["shed"]


def size_of(value):
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def ids(found):
    return sorted(segment["id"] for document in found for segment, _ in walk(document))


def test_children_that_do_not_fit_get_documents_of_their_own_and_lose_nothing():
    with capture() as spans, sltrace.span("job"):
        for number in range(20):
            with sltrace.span(f"step {number}", text="x" * 10_000):
                pass
    found = documents(spans)
    assert len(found) > 1
    assert ids(found) == sorted(f"{span.span_id:016x}" for span in spans)
    for document in found[1:]:
        assert document["type"] == "subsegment"
        assert document["parent_id"] == found[0]["id"]
        assert document["trace_id"] == found[0]["trace_id"]
        assert len(document["metadata"]["default"]["text"]) == 10_000
        assert "sltrace" not in document["metadata"]


def test_the_largest_children_are_taken_out_first():
    with capture() as spans, sltrace.span("job"):
        for name, size in (("small", 100), ("large", 50_000), ("middle", 20_000)):
            with sltrace.span(name, text="x" * size):
                pass
    job, large = documents(spans)
    assert large["name"] == "large"
    assert [child["name"] for child in job["subsegments"]] == ["small", "middle"]


def test_a_child_taken_out_takes_its_own_children_along():
    with capture() as spans, sltrace.span("job", text="x" * 30_000):
        for _ in range(2):
            with sltrace.span("step", text="x" * 20_000), sltrace.span("part", text="y"):
                pass
    job, step = documents(spans)
    assert len(job["subsegments"]) == 1
    assert step["subsegments"][0]["name"] == "part"


def test_parents_come_before_their_children():
    with capture() as spans, sltrace.span("job"):
        for _ in range(30):
            with sltrace.span("step", text="x" * 9000), sltrace.span("part", text="x" * 60_000):
                pass
    seen = set()
    for document in documents(spans):
        assert document.get("parent_id") in seen or "parent_id" not in document
        seen.update(segment["id"] for segment, _ in walk(document))


def test_a_trace_that_just_fits_is_one_document_and_one_byte_more_is_two():
    def trace(size):
        with capture() as spans, sltrace.span("job"), sltrace.span("step", text="x" * size):
            pass
        for span in spans:
            # The same digits each time.
            span.start_time = span.end_time = 1_732_439_488_123_456_000
        return encode(spans, in_lambda=False)

    small = len(trace(1)[0]) - 1
    # The head of this document is shorter than the room kept for the longest.
    fits = next(size for size in range(LIMIT - small, 0, -1) if len(trace(size)) == 1)
    assert LIMIT - 128 <= len(trace(fits)[0]) <= LIMIT
    assert len(trace(fits + 1)) == 2


def test_size_is_counted_in_bytes_not_in_characters():
    with capture() as spans, sltrace.span("job"):
        for _ in range(3):
            with sltrace.span("step", text="値" * 9000):
                pass
    assert len(documents(spans)) == 2


def test_of_one_span_that_is_too_large_the_largest_metadata_is_shed_and_counted():
    big = "値" * 30_000
    with capture() as spans, sltrace.span("job", big=big, middle="x" * 3000, small=1):
        pass
    (segment,) = documents(spans)
    assert segment["metadata"]["default"].keys() >= {"middle", "small"}
    assert "big" not in segment["metadata"]["default"]
    assert shed_of(segment) == {
        "metadata": {"count": 1, "bytes": size_of({"big": big}) - 1},
    }  # fmt: skip


def test_no_more_metadata_is_shed_than_has_to_be(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "20000")
    sltrace.configure()
    with capture() as spans, sltrace.span("job") as span:
        span.set_attributes({f"k{number}": number for number in range(10_000)})
    (text,) = encode(spans, in_lambda=False)
    assert LIMIT - 1024 < len(text) <= LIMIT
    (segment,) = documents(spans)
    kept, shed = len(segment["metadata"]["default"]), shed_of(segment)
    assert shed.keys() == {"metadata"}
    # The resource's service.name is among them.
    assert kept + shed["metadata"]["count"] == 10_000 + 1


def raised(depth, message):
    """Return an exception with a chain of ten and ``depth`` frames each."""

    def deep(level, cause):
        if level:
            deep(level - 1, cause)
        raise ValueError(message) from cause

    error = None
    for _ in range(10):
        with pytest.raises(ValueError, match=message) as caught:
            deep(depth, error)
        error = caught.value
    return error


def segment_that_raises(error, **attributes):
    with capture() as spans, sltrace.span("job", **attributes) as span:
        span.fail(error)
    (segment,) = documents(spans)
    return segment


def test_after_metadata_the_outer_frames_are_shed_and_counted():
    segment = segment_that_raises(raised(95, "m" * 1000))
    exceptions = segment["cause"]["exceptions"]
    assert len(exceptions) == 10
    assert shed_of(segment).keys() == {"metadata", "frames"}
    cut = sum(told["truncated"] for told in exceptions)
    assert shed_of(segment)["frames"]["count"] == cut
    for told in exceptions:
        assert len(told["stack"]) + told["truncated"] in (96, 97)
        assert told["stack"][-1]["label"] == "deep"


def test_then_the_exceptions_down_the_chain_and_then_their_text():
    segment = segment_that_raises(raised(3, "m" * 60_000))
    (exception,) = segment["cause"]["exceptions"]
    assert "cause" not in exception
    assert shed_of(segment)["exceptions"]["count"] == 9
    assert len(exception["message"]) == 60_000
    segment = segment_that_raises(raised(3, "値" * 60_000))
    (exception,) = segment["cause"]["exceptions"]
    assert exception["message"] == "値" * 1000
    assert shed_of(segment)["text"]["count"] == 1


def test_annotations_the_aws_block_and_http_are_shed_last():
    with capture() as spans, sltrace.span("job") as span:
        span.annotate({f"a{number}": "値" * 1000 for number in range(40)})
        span.set_attribute("url.full", "https://x/" + "y" * 70_000)
    (segment,) = documents(spans)
    assert "url" not in segment["http"]["request"]
    assert 15 < len(segment["annotations"]) < 40
    assert shed_of(segment)["values"]["count"] == 41 - len(segment["annotations"])


def test_links_lose_their_attributes_and_at_worst_go(monkeypatch):
    monkeypatch.setenv("OTEL_SPAN_LINK_COUNT_LIMIT", "5000")
    sltrace.configure()

    def segment(count, attributes):
        with capture() as spans, sltrace.span("job") as span:
            for number in range(1, count + 1):
                span.add_link(SpanContext(1, number), attributes)
        return documents(spans)[0]

    some = segment(200, {"text": "x" * 1000})
    assert len(some["links"]) == 200
    assert shed_of(some)["values"]["count"] > 100
    none = segment(2000, {})
    assert "links" not in none
    assert shed_of(none)["fields"]["count"] == 1


@pytest.mark.parametrize("place", ["service.version", "enduser.id", "name"])
def test_a_field_that_is_too_large_goes(place):
    text = "x" * 100_000
    sltrace.configure(resource={"service.version": text} if place == "service.version" else None)
    with capture() as spans, sltrace.span(text if place == "name" else "job") as span:
        if place == "enduser.id":
            span.set_attribute(place, text)
    (segment,) = documents(spans)
    assert len(segment["name"]) <= 200
    assert sum(note["count"] for note in shed_of(segment).values()) >= 1
