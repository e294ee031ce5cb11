"""The rules of X-Ray segment documents, checked without the exporter's help.

AWS X-Ray Developer Guide, "X-Ray segment documents" and "Sending segment documents to the X-Ray
daemon".
"""

from __future__ import annotations

import json
import re
import unicodedata

from sltrace_xray.encode import encode

# The largest UDP datagram over IPv4, less the daemon's first line.
LIMIT = 65_507 - len(b'{"format":"json","version":1}\n')

SPAN_ID = re.compile(r"[0-9a-f]{16}")
TRACE_ID = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")
ANNOTATION_KEY = re.compile(r"[A-Za-z0-9_]{1,500}")
STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')


def is_text(value):
    return isinstance(value, str)


def is_true(value):
    return value is True


def is_whole(value):
    return type(value) is int


def is_id(value):
    return is_text(value) and bool(SPAN_ID.fullmatch(value))


def is_time(value):
    return type(value) is float and value >= 0


def is_name(value):
    return (
        is_text(value)
        and 1 <= len(value) <= 200
        and all(c in " _.:/%&#=+\\-@" or unicodedata.category(c)[0] in "LN" for c in value)
    )


def is_http(value):
    return fields(value, request=is_request, response=is_response) and bool(value)


def is_request(value):
    return fields(
        value, method=is_text, url=is_text, user_agent=is_text, client_ip=is_text,
        x_forwarded_for=lambda flag: type(flag) is bool,
    )  # fmt: skip


def is_response(value):
    return fields(value, status=is_whole, content_length=is_whole)


def is_annotations(value):
    return all(
        ANNOTATION_KEY.fullmatch(key)
        and (len(item) <= 1000 if is_text(item) else type(item) in (int, float, bool))
        for key, item in value.items()
    )


def is_metadata(value):
    return all(
        isinstance(items, dict) and not space.startswith("AWS.") for space, items in value.items()
    )


def is_cause(value):
    if is_text(value):
        return is_id(value)
    told = {exception["id"] for exception in value["exceptions"]}
    assert len(told) == len(value["exceptions"])
    assert all(exception.get("cause", min(told)) in told for exception in value["exceptions"])
    return fields(
        value,
        working_directory=is_text,
        exceptions=lambda all_: all_ and all(map(is_exception, all_)),
    )


def is_exception(value):
    return fields(
        value, id=is_id, message=is_text, type=is_text, remote=lambda flag: type(flag) is bool,
        truncated=is_whole, cause=is_id, stack=lambda stack: all(map(is_frame, stack)),
    )  # fmt: skip


def is_frame(value):
    return fields(value, path=is_text, line=is_whole, label=is_text) and len(value) == 3


def is_links(value):
    return all(
        fields(link, trace_id=TRACE_ID.fullmatch, id=is_id, attributes=is_object) for link in value
    )


def is_object(value):
    return isinstance(value, dict)


def fields(value, **rules):
    """Check each field by its rule; one without a rule is not X-Ray's."""
    for key, item in value.items():
        assert key in rules, f"no such field: {key}"
        assert rules[key](item), f"not valid: {key}={item!r}"
    return True


BOTH = {
    "name": is_name, "id": is_id, "start_time": is_time, "end_time": is_time,
    "in_progress": is_true, "error": is_true, "fault": is_true, "throttle": is_true,
    "http": is_http, "aws": is_object, "annotations": is_annotations, "metadata": is_metadata,
    "cause": is_cause, "links": is_links, "subsegments": lambda all_: isinstance(all_, list),
}  # fmt: skip
SEGMENT = {
    "origin": is_text, "resource_arn": is_text, "user": is_text,
    "service": lambda service: fields(service, version=is_text),
}  # fmt: skip
SUBSEGMENT = {"namespace": lambda space: space in ("aws", "remote")}
REQUIRED = {"name", "id", "start_time"}


def check(text):
    """Check one document and return it parsed."""
    assert len(text) <= LIMIT
    assert not re.search(rb"\s", STRING.sub(b"", text)), "not compact"
    document = json.loads(text.decode("utf-8"), parse_constant=refuse)
    own = dict(document)
    assert TRACE_ID.fullmatch(own.pop("trace_id"))
    is_subsegment = own.pop("type", None) == "subsegment"
    parent = own.pop("parent_id", None)
    assert parent is None or is_id(parent)
    assert parent or not is_subsegment, "a subsegment by itself names its parent"
    check_segment(own, is_subsegment=is_subsegment)
    return document


def check_segment(segment, *, is_subsegment):
    assert segment.keys() >= REQUIRED
    assert ("end_time" in segment) != ("in_progress" in segment)
    assert "throttle" not in segment or "error" in segment
    fields(segment, **BOTH, **(SUBSEGMENT if is_subsegment else SEGMENT))
    for child in segment.get("subsegments", ()):
        check_segment(child, is_subsegment=True)


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def documents(spans, *, in_lambda=False):
    """Encode spans and return the documents, checked and parsed."""
    return [check(text) for text in encode(spans, in_lambda=in_lambda)]


def walk(document, parent_id=None):
    """Yield each (sub)segment of a document with the id of its parent."""
    waiting = [(document, document.get("parent_id", parent_id))]
    while waiting:
        segment, parent = waiting.pop()
        yield segment, parent
        waiting.extend((child, segment["id"]) for child in segment.get("subsegments", ()))
