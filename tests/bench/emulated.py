"""Cold starts and warm invocations under the real Lambda emulator, variants in turn."""

from __future__ import annotations

import re
import statistics
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import events
from sink import Sent, Sink
from variants import FOLDER, environ

from sltrace.local.emulator import Emulator, EmulatorFailed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from variants import Variant

    from sltrace.local.emulator_log import Invocation

_TIMEOUT_SECONDS = 30
_BLOCK = 10
# After so many invocations caches are filled, and Python has specialised what it runs.
_SETTLING = 10


@dataclass(frozen=True)
class Start:
    """One cold start: init, and the first invocation until its response.

    Attributes:
        init_ms: from the runtime's start until it asked for its first event.
        invoke_ms: the first invocation.
        cpu_ms: the processor time that the runtime took for both, exporting included.
        sent: what it exported.
    """

    init_ms: float
    invoke_ms: float
    cpu_ms: float
    sent: Sent

    @property
    def total_ms(self) -> float:
        """From the runtime's start to the first response."""
        return self.init_ms + self.invoke_ms


@dataclass
class Warm:
    """The warm invocations of one sandbox.

    Attributes:
        blocks: durations in ms until the response, in the blocks that were run in turn.
        cpu_ms: processor time of each block, per invocation.
        sent: what all of them exported.
        rss_kb: resident memory afterwards, in KiB.
        peak_kb: the most it ever was.
    """

    blocks: list[list[float]] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    sent: Sent = field(default_factory=Sent)
    rss_kb: int = 0
    peak_kb: int = 0

    @property
    def count(self) -> int:
        """How many invocations there were."""
        return sum(map(len, self.blocks))

    @property
    def medians(self) -> list[float]:
        """The median of each block."""
        return [statistics.median(block) for block in self.blocks]


@dataclass(frozen=True)
class Bench:
    """A workload, and the AWS endpoint it may call."""

    work: str
    endpoint: str = ""

    @contextmanager
    def sandbox(self, variant: Variant) -> Iterator[Sandbox]:
        """Run one emulator for the variant; its runtime starts at the first invocation.

        The event is a new one: of one received long before, no stage before the invocation is told.
        """
        with Sink() as sink:
            variables = environ(self.work, sink.address, self.endpoint)
            with Emulator(
                f"{variant.module}.handler", FOLDER, env=variables, timeout=_TIMEOUT_SECONDS
            ) as emulator:
                yield Sandbox(emulator, sink, events.rest())


class Sandbox:
    """A running emulator, invoked with one event."""

    def __init__(self, emulator: Emulator, sink: Sink, event: bytes) -> None:
        self._emulator = emulator
        self._sink = sink
        self._event = event

    def start(self) -> Start:
        """Invoke it for the first time."""
        done = self._invoke()
        if done.init_ms is None:
            raise EmulatorFailed("the emulator reports no init")
        return Start(done.init_ms, done.duration_ms or 0.0, self.cpu_ms(), self._sink.take())

    def block(self, size: int, into: Warm) -> None:
        """Invoke it so many times."""
        before = self.cpu_ms()
        into.blocks.append([self._invoke().duration_ms or 0.0 for _ in range(size)])
        into.cpu_ms.append((self.cpu_ms() - before) / size)
        sent = self._sink.take()
        into.sent.datagrams += sent.datagrams
        into.sent.bytes += sent.bytes
        into.sent.spans += sent.spans

    def cpu_ms(self) -> float:
        """Return the processor time of the runtime's threads so far (/proc/.../schedstat, ns)."""
        tasks = Path(f"/proc/{self._emulator.runtime_pid()}/task").iterdir()
        return sum(map(_cpu_ns, tasks)) / 1e6

    def measure_memory(self, into: Warm) -> None:
        """Read the runtime's memory: proc(5), VmRSS and VmHWM."""
        status = Path(f"/proc/{self._emulator.runtime_pid()}/status").read_text(encoding="utf-8")
        into.rss_kb = int(re.findall(r"VmRSS:\s+(\d+)", status)[0])
        into.peak_kb = int(re.findall(r"VmHWM:\s+(\d+)", status)[0])

    def _invoke(self) -> Invocation:
        done = self._emulator.invoke(self._event)
        if done.function_error or done.duration_ms is None:
            reason = done.payload.decode(errors="replace")[:500]
            raise EmulatorFailed(f"the invocation failed: {reason}")
        return done


def usable(
    bench: Bench, variants: Sequence[Variant], leave_out: Callable[[Variant, str], None]
) -> list[Variant]:
    """Start each variant once, unmeasured, and return those that work.

    From here on each has its ``.pyc`` files, and the machine its files in memory.
    """
    return [variant for variant in variants if _works(bench, variant, leave_out)]


def cold_starts(
    bench: Bench, variants: Sequence[Variant], rounds: int, progress: Callable[[str], None]
) -> dict[str, list[Start]]:
    """Return each variant's cold starts, one in each round; every second round runs backwards."""
    starts: dict[str, list[Start]] = {variant.name: [] for variant in variants}
    for index in range(rounds):
        progress(f"cold {bench.work}: round {index + 1} of {rounds}")
        for variant in _in_turn(variants, index):
            with bench.sandbox(variant) as sandbox:
                starts[variant.name].append(sandbox.start())
    return starts


def warm_invocations(
    bench: Bench, variants: Sequence[Variant], count: int, progress: Callable[[str], None]
) -> dict[str, Warm]:
    """Return each variant's warm invocations: blocks in turn, in sandboxes that all stay up."""
    warm = {variant.name: Warm() for variant in variants}
    with ExitStack() as stack:
        sandboxes = {each.name: stack.enter_context(bench.sandbox(each)) for each in variants}
        for sandbox in sandboxes.values():
            sandbox.start()
            sandbox.block(_SETTLING, Warm())
        sizes = [min(_BLOCK, count - done) for done in range(0, count, _BLOCK)]
        for index, size in enumerate(sizes):
            progress(f"warm {bench.work}: block {index + 1} of {len(sizes)}")
            for variant in _in_turn(variants, index):
                sandboxes[variant.name].block(size, warm[variant.name])
        for name, sandbox in sandboxes.items():
            sandbox.measure_memory(warm[name])
    return warm


def _works(bench: Bench, variant: Variant, leave_out: Callable[[Variant, str], None]) -> bool:
    try:
        with bench.sandbox(variant) as sandbox:
            sandbox.start()
    except EmulatorFailed as error:
        leave_out(variant, str(error))
        return False
    return True


def _cpu_ns(task: Path) -> int:
    try:
        return int((task / "schedstat").read_text().split()[0])
    except OSError:  # the thread has ended meanwhile
        return 0


def _in_turn(variants: Sequence[Variant], index: int) -> Sequence[Variant]:
    return variants if index % 2 == 0 else variants[::-1]
