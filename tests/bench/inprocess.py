"""What is measured in an interpreter by itself: spans, modules, events. See ``probes/``."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from variants import BARE, FOLDER, VARIANTS, environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from variants import Variant

_PROBES = Path(__file__).resolve().parent / "probes"
_SECONDS = 120
_REPEATS = 60
_FRESH = 5
# Nobody listens there; a datagram that is refused costs no less than one that is taken.
_DAEMON = "127.0.0.1:9"
STAGES = ("import", "handler's module", "first invocation")


class ProbeFailed(Exception):
    """A probe ended with an error; the message is the last of its output."""


@dataclass(frozen=True)
class Loaded:
    """What a stage of a function's life loads and takes.

    Attributes:
        modules: their names.
        ms: the stage in each fresh interpreter, in ms.
    """

    modules: frozenset[str]
    ms: list[float]


def spans() -> dict[str, list[float]]:
    """Return us for a span, by what made it."""
    found: dict[str, list[float]] = _run("probe_spans.py", str(_REPEATS))
    return found


def events(those: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return us for recognising and for describing each of the events, by their names."""
    data = json.dumps(those).encode()
    found: dict[str, dict[str, Any]] = _run("probe_events.py", str(_REPEATS), data=data)
    return found


def modules(
    variants: Sequence[Variant],
    event: bytes,
    leave_out: Callable[[Variant, str], None],
    progress: Callable[[str], None],
) -> dict[str, list[Loaded]]:
    """Return, for each variant, what the three ``STAGES`` of the noop workload load."""
    found: dict[str, list[Loaded]] = {}
    for variant in variants:
        progress(f"modules: {variant.name}")
        module = variant.module
        stages = (
            variant.imports,
            f"from {module} import handler",
            "handler(event, context)",
        )
        try:
            runs = [_run("probe_modules.py", *stages, data=event) for _ in range(_FRESH + 1)][1:]
        except ProbeFailed as error:
            leave_out(variant, str(error))
            continue
        found[variant.name] = [_loaded(runs, stage) for stage in range(len(STAGES))]
    return found


def added(found: dict[str, list[Loaded]], name: str) -> list[frozenset[str]]:
    """Return the modules that a variant's stages load and the bare function's do not."""
    bare: frozenset[str] = frozenset().union(*(stage.modules for stage in found[BARE]))
    own = {variant.module for variant in VARIANTS}
    return [stage.modules - bare - own for stage in found[name]]


def _loaded(runs: Sequence[Any], stage: int) -> Loaded:
    return Loaded(frozenset(runs[0][stage]["modules"]), [run[stage]["ms"] for run in runs])


def _run(probe: str, *arguments: str, data: bytes = b"") -> Any:
    """Return what a probe prints, run in a fresh interpreter as a function would be."""
    variables = {
        **environ("noop", _DAEMON),
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "LAMBDA_TASK_ROOT": str(FOLDER),
        "PYTHONPATH": str(FOLDER),
    }
    done = subprocess.run(
        [sys.executable, str(_PROBES / probe), *arguments],
        input=data,
        capture_output=True,
        env=variables,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ProbeFailed(done.stderr.decode(errors="replace").strip()[-500:])
    return json.loads(done.stdout)
