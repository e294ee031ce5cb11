"""Measures sltrace against the bare handler and its peers, and prints tables.

    python tests/bench/bench.py [--rounds N] [--warm N] [--only NAME ...] [--out FILE]

The functions run under the real Lambda emulator with the real Python runtime, the variants in
turn, each with its ``.pyc`` files, the same interpreter and the same environment. Progress goes
to stderr. Nothing fails because something is slow.
"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import closing
from pathlib import Path

from run import PARTS, WORKS, Run

from sltrace.local.components import ComponentMissing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def main() -> int:
    """Run what the command line asks for; 0, or 2 where nothing can be run."""
    options = _options()
    # As Ctrl-C does: what was started is stopped on the way out.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    run = Run(options.rounds, options.warm, options.only)
    try:
        with closing(run.texts()) as texts:
            told = _print(texts)
    except ComponentMissing as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    if options.out:
        options.out.write_text(told, encoding="utf-8")
    return 0


def _print(texts: Iterable[str]) -> str:
    told = ""
    for text in texts:
        print(text, end="\n\n", flush=True)
        told += f"{text}\n\n"
    return told


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure sltrace against bare and its peers.")
    parser.add_argument("--rounds", type=_count, default=11, help="cold starts of each variant")
    parser.add_argument("--warm", type=_count, default=100, help="warm invocations of each")
    only = {"nargs": "+", "choices": [*PARTS, *WORKS], "default": []}
    parser.add_argument("--only", **only, help="the parts and the workloads to run")
    parser.add_argument("--out", type=Path, help="a file to write the tables to as well")
    return parser.parse_args()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
