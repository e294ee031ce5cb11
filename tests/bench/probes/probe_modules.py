"""Prints, as JSON, the modules that a piece of code loads and the ms it takes.

Beyond those that Lambda's runtime has loaded before any function's code. The pieces of code are
the arguments, run one after the other; ``event`` and ``context`` are there for them.
"""

from __future__ import annotations

import json
import sys
import time

import awslambdaric.__main__
import awslambdaric.bootstrap
import awslambdaric.lambda_runtime_client  # noqa: F401 - loaded, as by the runtime


class Context:
    """As much of Lambda's context as the variants ask for."""

    aws_request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
    function_name = "bench"
    function_version = "$LATEST"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    log_stream_name = "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef"
    memory_limit_in_mb = "128"

    def get_remaining_time_in_millis(self) -> int:
        return 3000


world = {"event": json.load(sys.stdin), "context": Context()}
found = []
for code in sys.argv[1:]:
    compiled = compile(code, "<bench>", "exec")
    before = set(sys.modules)
    begin = time.perf_counter_ns()
    exec(compiled, world)
    taken = (time.perf_counter_ns() - begin) / 1e6
    found.append({"ms": taken, "modules": sorted(set(sys.modules) - before)})
print(json.dumps(found))
