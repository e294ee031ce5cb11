"""The event that ``--event`` names: a file, standard input, or a sample event."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sltrace.local import samples

# Lambda, "Quotas": the payload of a synchronous invocation.
MAX_BYTES = 6 * 1024 * 1024


class BadEvent(Exception):  # noqa: N818 - says what is the matter; there is no other kind
    """The event cannot be used; one line says why."""


def read(name: str) -> bytes:
    """Return the event as the bytes that Lambda would pass on: JSON in UTF-8.

    Args:
        name: ``-`` for standard input, else a file's path, else a sample's name (service:type).

    Raises:
        BadEvent: there is no such file, it cannot be read, it is not JSON, or it has more than
            6 MB.
        UnknownSample: there is no such sample.
        ComponentMissing: the sample events cannot be fetched.
    """
    if name == "-":
        return _checked(_standard_input(), "the event on standard input")
    if ":" in name and not Path(name).exists():
        return json.dumps(samples.sample(name)).encode()
    return _checked(_file(name), f"event file {name!r}")


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise BadEvent("the event on standard input cannot be read: it is closed")
    try:
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadEvent(f"the event on standard input cannot be read: {reason}") from error


def _file(name: str) -> bytes:
    try:
        with open(name, "rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        hint = "sample events are named service:type, see sltrace invoke --list-events"
        raise BadEvent(f"event file {name!r} does not exist ({hint})") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BadEvent(f"event file {name!r} cannot be read: {reason}") from error


def _checked(data: bytes, what: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise BadEvent(f"{what} is over 6 MB ({MAX_BYTES:,} bytes), Lambda's limit for an event")
    try:
        text = data.decode("utf-8-sig")
        json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadEvent(f"{what} is not JSON: byte {error.start} is not UTF-8") from error
    except ValueError as error:
        raise BadEvent(f"{what} is not JSON: {error}") from error
    except RecursionError as error:
        raise BadEvent(f"{what} is nested too deeply") from error
    return text.encode()


def _no_constant(name: str) -> None:
    """Refuse NaN and the infinities, which Python reads and JSON does not have."""
    raise ValueError(f"{name} is not a JSON value")
