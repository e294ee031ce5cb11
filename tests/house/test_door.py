"""The public names: a changed one must be seen in review."""

import subprocess
import sys

import pytest

import sltrace

NAMES = [
    "Span",
    "SpanKind",
    "__version__",
    "annotate",
    "carry_context",
    "configure",
    "current_span",
    "records",
    "span",
    "testing",
    "trace",
    "trace_handler",
]


def test_the_door_has_these_names_and_no_others():
    assert sltrace.__all__ == NAMES == sorted(NAMES)
    assert {name for name in dir(sltrace) if not name.startswith("_")} >= {
        name for name in NAMES if not name.startswith("_")
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_name_can_be_had(name):
    assert getattr(sltrace, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'sltrace' has no attribute 'spam'"):
        sltrace.spam  # noqa: B018 - looking it up is what is tested


def test_each_name_can_be_had_first_in_a_fresh_interpreter():
    for name in NAMES:
        code = f"import sltrace; assert sltrace.{name}; assert '{name}' in vars(sltrace)"
        subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
