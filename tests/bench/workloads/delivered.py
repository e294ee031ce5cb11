"""What Lambda's runtime does before each invocation, and cannot do under the emulator.

The emulator keeps X-Amzn-Trace-Id from the runtime. Without that header aws-xray-sdk records
nothing, so that every variant's outermost function sets the variable, the bare handler's too.
"""

from __future__ import annotations

import os
import time


def trace_header() -> None:
    """Set ``_X_AMZN_TRACE_ID`` to a new, sampled trace."""
    root = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    os.environ["_X_AMZN_TRACE_ID"] = f"Root={root};Parent={os.urandom(8).hex()};Sampled=1"
