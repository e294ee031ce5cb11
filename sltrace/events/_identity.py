"""Who a request is from, told without telling who they are."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DIGITS = 16


def user_hash(subject: Any) -> str | None:
    """Return the start of a subject's SHA-256 in hexadecimal (OTel: ``user.hash``).

    Requests of one user can be told to be so, and nobody reads who it is.
    """
    if not (isinstance(subject, str) and subject):
        return None
    from hashlib import sha256  # noqa: PLC0415 - no part of the cold path: for requests with a user

    return sha256(subject.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
