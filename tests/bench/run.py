"""One run of the benchmark, from the parts asked for to their texts."""

from __future__ import annotations

import compileall
import os
import platform
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import aws
import emulated
import events
import inprocess
import report
from variants import BARE, FOLDER, VARIANTS

from sltrace.local.emulator import EmulatorFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from variants import Variant

PARTS = ("cold", "warm", "spans", "modules", "events")
WORKS = ("noop", "spans5", "api")

_ROOT = Path(__file__).resolve().parents[2]
# spans5 starts as noop does.
_COLD = ("noop", "api")


class Run:
    """Measures; what cannot be measured is left out, and named at the end.

    Args:
        rounds: cold starts of each variant.
        warm: warm invocations of each.
        only: names from ``PARTS`` and ``WORKS``; all of a kind where none of it is named.
    """

    def __init__(self, rounds: int, warm: int, only: Sequence[str]) -> None:
        self._rounds = rounds
        self._warm = warm
        self._parts = [part for part in PARTS if part in only] or PARTS
        self._works = [work for work in WORKS if work in only] or WORKS
        self._there = [each for each in VARIANTS if each.is_there]
        self._left_out = [f"{each.name}: not installed" for each in VARIANTS if not each.is_there]
        self._begin = time.monotonic()

    def texts(self) -> Iterator[str]:
        """Yield the heading, each table as soon as it is there, and what was left out.

        Raises:
            ComponentMissing: there is no emulator to be had.
        """
        _compile()
        yield self._heading()
        yield from self._emulated()
        probes: dict[str, Callable[[], str]] = {
            "spans": lambda: report.spans(inprocess.spans()),
            "modules": lambda: report.modules(self._modules()),
            "events": lambda: report.events(
                inprocess.events(events.common()), inprocess.events(events.large())
            ),
        }
        for name, measure in probes.items():
            if name in self._parts:
                yield from self._probe(name, measure)
        yield self._ending()

    def _emulated(self) -> Iterator[str]:
        starts: dict[str, dict[str, list[emulated.Start]]] = {}
        runs: dict[str, dict[str, emulated.Warm]] = {}
        for work in self._works:
            is_cold = "cold" in self._parts and work in _COLD
            if is_cold or "warm" in self._parts:
                yield from self._work(work, starts if is_cold else None, runs)
        if runs:
            yield report.memory(runs)
        if starts or runs:
            yield report.arrived(starts, runs)

    def _work(self, work: str, starts: Any, runs: Any) -> Iterator[str]:
        """Measure one workload into ``starts`` and ``runs``, and yield its tables."""
        try:
            with self._bench(work) as (bench, variants):
                if variants and starts is not None:
                    starts[work] = emulated.cold_starts(
                        bench, variants, self._rounds, self._progress
                    )
                    yield report.cold(work, starts[work])
                if variants and "warm" in self._parts:
                    runs[work] = emulated.warm_invocations(
                        bench, variants, self._warm, self._progress
                    )
                    yield report.warm(work, runs[work])
        except EmulatorFailed as error:
            self._left_out.append(f"{work}: {error}")

    @contextmanager
    def _bench(self, work: str) -> Iterator[tuple[emulated.Bench, Sequence[Variant]]]:
        """Set up the workload, and yield it with the variants that work; none without bare."""
        if work != "api":
            bench = emulated.Bench(work)
            yield bench, self._usable(bench)
        elif reason := aws.missing():
            self._left_out.append(f"api: {reason}")
            yield emulated.Bench(work), []
        else:
            self._progress("starting ministack")
            with aws.orders_table() as endpoint:
                bench = emulated.Bench(work, endpoint)
                yield bench, self._usable(bench)

    def _usable(self, bench: emulated.Bench) -> Sequence[Variant]:
        self._progress(f"{bench.work}: each variant once, unmeasured")
        found = emulated.usable(bench, self._there, self._leave_out(bench.work))
        return found if any(variant.name == BARE for variant in found) else []

    def _modules(self) -> dict[str, list[inprocess.Loaded]]:
        leave_out = self._leave_out("modules")
        return inprocess.modules(self._there, events.rest(), leave_out, self._progress)

    def _probe(self, name: str, measure: Callable[[], str]) -> Iterator[str]:
        self._progress(name)
        try:
            yield measure()
        except inprocess.ProbeFailed as error:
            self._left_out.append(f"{name}: {error}")

    def _leave_out(self, part: str) -> Callable[[Variant, str], None]:
        return lambda variant, reason: self._left_out.append(f"{part}, {variant.name}: {reason}")

    def _progress(self, text: str) -> None:
        print(f"[{time.monotonic() - self._begin:5.0f} s] {text}", file=sys.stderr, flush=True)

    def _heading(self) -> str:
        about = [
            f"- {each.name}{f' {each.version}' if each.version else ''}: {each.about}"
            for each in self._there
        ]
        machine = f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {_load()}."
        legend = 'Differences ("d") and ratios are to bare in the same round.'
        return "\n\n".join(["# sltrace's benchmark", f"{machine} {legend}", "\n".join(about)])

    def _ending(self) -> str:
        left = "".join(f"\n- left out: {each}" for each in self._left_out)
        return f"{time.monotonic() - self._begin:.0f} s in all; {_load()}.{left}"


def _compile() -> None:
    """Give the modules that are imported late their ``.pyc`` files, as a layer's would have."""
    for folder in (_ROOT / "sltrace", _ROOT / "exporters", FOLDER):
        compileall.compile_dir(folder, quiet=2)


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"
