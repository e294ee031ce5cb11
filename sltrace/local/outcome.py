"""What an invocation came to, wherever the handler ran."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What came of one invocation.

    Attributes:
        payload: the response as the caller gets it: JSON, or bytes the handler returned.
        function_error: whether the payload tells of an error instead of a result.
        request_id: Lambda's id of the invocation, "" where it is not known.
    """

    payload: bytes
    function_error: bool
    request_id: str
