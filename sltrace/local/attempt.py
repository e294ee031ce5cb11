"""Code of the user's run so that whatever it raises can be told of."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Attempt:
    """Keeps what the block raises, but for Ctrl-C, which is meant for this program.

    Attributes:
        error: what was raised, None when the block went through.
    """

    error: BaseException | None = None

    def __enter__(self) -> Attempt:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.error = error
        return error is not None and not isinstance(error, KeyboardInterrupt)
