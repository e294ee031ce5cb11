"""Measures sltrace against the bare handler and its peers, and prints tables.

    python tests/bench/bench.py [--rounds N] [--warm N] [--only PART ...] [--out FILE]

The functions run under the real Lambda emulator with the real Python runtime, the variants in
turn, each with its ``.pyc`` files, the same interpreter and the same environment. Differences
("d") and ratios are to the bare handler of the same round. Progress goes to stderr. Nothing
fails because something is slow.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path

import emulated
import inprocess
import report
from variants import BARE, FOLDER, VARIANTS

from sltrace.local.components import ComponentMissing
from sltrace.local.samples import sample

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from variants import Variant

_ROOT = Path(__file__).resolve().parents[2]
_PARTS = ("cold", "warm", "spans", "modules", "events")
_COLD = ("noop", "api")
_WARM = ("noop", "spans5", "api")
_SAMPLES = {"rest": "apigateway:aws-proxy", "http": "apigateway:http-api-proxy", "other": "s3:put"}


class Run:
    """One run of the benchmark: what it is to do, and what it had to leave out."""

    def __init__(self, rounds: int, warm: int, parts: tuple[str, ...]) -> None:
        self.rounds = rounds
        self.warm = warm
        self.parts = parts
        self.left_out: list[str] = []
        self._begin = time.monotonic()

    def tables(self) -> Iterator[str]:
        """Measure, and yield the text of each part as it is ready."""
        _compile()
        samples = {key: sample(name) for key, name in _SAMPLES.items()}
        yield self._heading()
        yield from self._emulated(_json(samples["rest"]))
        if "spans" in self.parts:
            yield from self._probe("spans", lambda: report.spans(inprocess.spans()))
        if "modules" in self.parts:
            yield from self._probe("modules", lambda: self._modules(_json(samples["rest"])))
        if "events" in self.parts:
            yield from self._probe("events", lambda: report.events(inprocess.events(samples)))
        yield self._ending()

    def progress(self, text: str) -> None:
        """Tell on stderr how far it is."""
        print(f"[{time.monotonic() - self._begin:5.0f} s] {text}", file=sys.stderr, flush=True)

    def _emulated(self, event: bytes) -> Iterator[str]:
        works = [*(_COLD if "cold" in self.parts else ()), *(_WARM if "warm" in self.parts else ())]
        starts: dict[str, Any] = {}
        runs: dict[str, Any] = {}
        with ExitStack() as stack:
            for work in dict.fromkeys(works):
                endpoint = self._endpoint(stack) if work == "api" else ""
                if endpoint is None:
                    continue
                bench = emulated.Bench(work, event, endpoint)
                self.progress(f"{work}: each variant once, unmeasured")
                there = [each for each in VARIANTS if each.is_there]
                usable = emulated.usable(bench, there, self._leave_out(work))
                if not usable or usable[0].name != BARE:
                    continue
                if "cold" in self.parts and work in _COLD:
                    starts[work] = emulated.cold_starts(bench, usable, self.rounds, self.progress)
                    yield report.cold(work, starts[work])
                if "warm" in self.parts and work in _WARM:
                    runs[work] = emulated.warm_invocations(bench, usable, self.warm, self.progress)
                    yield report.warm(work, runs[work])
        if runs:
            yield report.memory(runs)
        if starts or runs:
            yield report.arrived(starts, runs)

    def _endpoint(self, stack: ExitStack) -> str | None:
        """Start the AWS emulator, with the table that the workload uses; None without it."""
        sys.path.insert(0, str(_ROOT / "tests"))
        from tests_components import ministack

        try:
            import boto3
            import ministack as _  # noqa: F401 - asked for here, so that nothing skips or fails
        except ImportError as error:
            self.left_out.append(f"api: {error}")
            return None
        self.progress("starting ministack")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sltrace-bench-")))
        endpoint = stack.enter_context(ministack(folder))
        session = boto3.session.Session("testing", "testing", region_name="us-east-1")
        with closing(session.client("dynamodb", endpoint_url=endpoint)) as client:
            client.create_table(
                TableName="orders",
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
        return endpoint

    def _modules(self, event: bytes) -> str:
        return report.modules(inprocess.modules(event, self._note("modules"), self.progress))

    def _probe(self, name: str, measure: Callable[[], str]) -> Iterator[str]:
        self.progress(name)
        try:
            yield measure()
        except inprocess.ProbeFailed as error:
            self.left_out.append(f"{name}: {error}")

    def _leave_out(self, work: str) -> Callable[[Variant, str], None]:
        return lambda variant, reason: self.left_out.append(f"{work}, {variant.name}: {reason}")

    def _note(self, part: str) -> Callable[[str, str], None]:
        return lambda name, reason: self.left_out.append(f"{part}, {name}: {reason}")

    def _heading(self) -> str:
        versions = ", ".join(
            f"{each.name} {each.version or ''}".strip() for each in VARIANTS if each.is_there
        )
        legend = "\n".join(f"- {each.name}: {each.about}" for each in VARIANTS if each.is_there)
        self.left_out += [f"{v.name}: not installed" for v in VARIANTS if not v.is_there]
        return (
            f"# sltrace's benchmark\n\nPython {platform.python_version()}, "
            f"{os.cpu_count()} CPUs, {platform.machine()}, {_load()}; {versions}.\n\n{legend}"
        )

    def _ending(self) -> str:
        left = "".join(f"\n- left out: {each}" for each in self.left_out)
        return f"{time.monotonic() - self._begin:.0f} s in all; {_load()}.{left}"


def main() -> int:
    """Run the benchmark that the command line asks for; 0, or 2 where it cannot run at all."""
    options = _options()
    # As Ctrl-C does: what was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    run = Run(options.rounds, options.warm, tuple(options.only or _PARTS))
    told = []
    try:
        for text in run.tables():
            told.append(text)
            print(text, end="\n\n", flush=True)
    except ComponentMissing as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    if options.out:
        options.out.write_text("\n\n".join(told) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure sltrace against bare and its peers.")
    parser.add_argument("--rounds", type=_count, default=11, help="cold starts of each variant")
    parser.add_argument("--warm", type=_count, default=100, help="warm invocations of each")
    parser.add_argument("--only", nargs="+", choices=_PARTS, help="the parts to run")
    parser.add_argument("--out", type=Path, help="a file to write the tables to as well")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


def _compile() -> None:
    """Give the modules that are imported late their ``.pyc`` files, as a layer's would have."""
    for folder in (_ROOT / "sltrace", _ROOT / "exporters", FOLDER):
        compileall.compile_dir(folder, quiet=2)


def _json(event: Any) -> bytes:
    import json

    return json.dumps(event).encode()


def _load() -> str:
    return f"load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    sys.exit(main())
