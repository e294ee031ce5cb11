"""One metric as one line of embedded metric format: as the specification asks, in any case."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sltrace_emf import send
from sltrace_emf.encode import encode

texts = st.text(max_size=2000)


@given(
    name=st.text(min_size=1, max_size=255),
    value=st.integers(0, 2**53),
    dimensions=st.dictionaries(st.text(min_size=1, max_size=250), texts, max_size=5),
    properties=st.dictionaries(texts, texts | st.integers(), max_size=5),
    time_ms=st.integers(0, 2**42),
)
def test_any_count_is_one_valid_document_on_one_line(name, value, dimensions, properties, time_ms):
    line = encode(
        "shop", name, value, dimensions=dimensions, properties=properties, time_ms=time_ms
    )
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    document = json.loads(line)
    assert document["_aws"]["Timestamp"] == time_ms
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert directive["Metrics"] == [{"Name": name, "Unit": "Count"}]
    (keys,) = directive["Dimensions"]
    assert set(keys) == {key for key, text in dimensions.items() if text}
    # A value may be hidden by the metric of the same name; otherwise it is a text CloudWatch takes.
    assert all(1 <= len(document[key]) <= 1024 for key in keys if key not in (name, "_aws"))
    assert name == "_aws" or document[name] == value


def test_it_is_written_in_one_piece(capsys):
    send("BatchItemFailures", 2, {"service": "orders"}, {"source": "sqs"})
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["service"] == "orders"
