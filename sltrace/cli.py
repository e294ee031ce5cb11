"""The command ``sltrace``: run a handler here, see its trace; show recorded ones; list sources."""

from __future__ import annotations

import argparse
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn, TextIO

from sltrace import __version__
from sltrace.local import events, samples, sources
from sltrace.local.components import ComponentMissing
from sltrace.local.emulator import EmulatorFailed
from sltrace.local.resolve import BadHandler
from sltrace.local.session import Session
from sltrace.viewer import store, terminal
from sltrace_local import folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import SupportsWrite

    from sltrace.viewer.model import Span

_FAILED, _BAD_INPUT, _INTERRUPTED, _READER_GONE = 1, 2, 130, 141

# What ends a program that is not needed any more; the second one where its terminal is gone.
_ENDING = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]

# Errors whose message is for the reader, one line.
_TOLD = (events.BadEvent, samples.UnknownSample, BadHandler, ComponentMissing, EmulatorFailed)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line; the usage is for those who ask for it."""

    def error(self, message: str) -> NoReturn:
        self.exit(_BAD_INPUT, f"{self.prog}: {message} (see {self.prog} --help)\n")

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print help and messages; argparse's own says nothing where that cannot be done."""
        print(message or "", end="", file=file or sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Returns:
        0; 1 when the function failed, stdout cannot be written, or there is nothing to show; 2 for
        bad input, told in one line on stderr; 130 when interrupted; 141 when the reader of stdout
        has gone.
    """
    if sys.stderr is None:  # closed; a message to it would go to stdout instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the very end
    try:
        code = _command(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        _drop_stdout()
        return _READER_GONE
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "rich":
            raise
        return _bad_input("rich is not installed: pip install 'sltrace[local]'")
    except OSError as error:
        if error.filename is not None:
            raise
        _drop_stdout()
        return _failed(f"cannot write to standard output: {error.strerror or error}")
    return code


def _command(arguments: Sequence[str] | None) -> int:
    """Run it; what argparse ends with is returned too, for stdout to be flushed after that."""
    try:
        options = _parser().parse_args(arguments)
        if sys.stdout is None:
            return _failed("cannot write to standard output: it is closed")
        if isinstance(sys.stdout, io.TextIOWrapper):
            # What a function returns may not fit the terminal's encoding, or (half a surrogate)
            # any.
            sys.stdout.reconfigure(errors="backslashreplace")
        code: int = options.run(options)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    return code


def _drop_stdout() -> None:
    """Let the interpreter flush stdout at exit into nothing: there it cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _parser() -> _Parser:
    parser = _Parser(
        prog="sltrace", description="See what a Lambda function does, on this machine."
    )
    parser.add_argument("--version", action="version", version=f"sltrace {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_invoke(commands)
    show = commands.add_parser("show", help="print a recorded trace, the newest by default")
    show.add_argument("trace", metavar="TRACE", nargs="?", help="the beginning of an id")
    show.set_defaults(run=_show)
    tail = commands.add_parser("tail", help="print traces as they are recorded")
    tail.set_defaults(run=_tail)
    listed = commands.add_parser("sources", help="list the event sources and what is read of each")
    listed.add_argument("--markdown", action="store_true", help="as a pipe gets it anyway")
    listed.set_defaults(run=_sources)
    for each in (show, tail):
        each.add_argument("--full", action="store_true", help="leave nothing out")
    return parser


def _add_invoke(commands: argparse._SubParsersAction[_Parser]) -> None:
    invoke = commands.add_parser("invoke", help="run a handler on an event and print its trace")
    invoke.set_defaults(run=_invoke)
    add = invoke.add_argument
    add("handler", metavar="HANDLER", nargs="?", help="MODULE.FUNCTION, such as app.handler")
    add(
        "--event",
        metavar="FILE|-|NAME",
        help="a JSON file, - for standard input, or a sample such as apigateway:aws-proxy; "
        "by default {}",
    )
    add("--list-events", action="store_true", help="list the sample events and stop")
    add(
        "--rie",
        action="store_true",
        help="run it with Lambda's own runtime under the Runtime Interface Emulator (Linux)",
    )
    add("--repeat", type=_count, default=1, metavar="N", help="invoke N times: cold, then warm")
    add("--function-name", metavar="NAME", help="by default the handler's module")
    add("--timeout", type=_count, default=30, metavar="SECONDS", help="by default 30")
    add("--memory", type=_count, default=128, metavar="MB", help="by default 128")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!a} is not a whole number of 1 or more")
    return int(text)


def _invoke(options: argparse.Namespace) -> int:
    try:
        if options.list_events:
            print("\n".join(samples.names()))
            return 0
        if options.handler is None:
            return _bad_input("HANDLER is missing, such as: sltrace invoke app.handler")
        event = b"{}" if options.event is None else events.read(options.event)
        return 0 if _run(options, event) else _FAILED
    except _TOLD as error:
        return _bad_input(str(error))


def _run(options: argparse.Namespace, event: bytes) -> bool:
    kept_in = folder()
    session = Session(
        options.handler,
        event,
        kept_in,
        lambda request_id, since, out: _print_trace(kept_in, request_id, since, out),
        repeat=options.repeat,
        function_name=options.function_name,
        memory=options.memory,
        timeout=options.timeout,
    )
    if not options.rie:
        return session.in_process()
    for number in _ENDING:
        # Under nohup, a closed terminal is to end nothing.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _terminated)
    return session.under_emulator()


def _terminated(number: int, _: object) -> NoReturn:
    """End in good order, for whoever stops this program to stop the emulator with it."""
    for each in _ENDING:
        signal.signal(each, signal.SIG_IGN)
    sys.exit(128 + number)


def _print_trace(kept_in: str, request_id: str, since: int, out: TextIO) -> bool:
    found = store.since(kept_in, since)
    # The id may be cut short by OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT, or have found no room.
    mine = [trace for trace in found if any(_is_of(span, request_id) for span in trace.spans)]
    for trace in (mine or found)[:1]:
        terminal.print_trace(trace, out)
        return True
    return False


def _is_of(span: Span, request_id: str) -> bool:
    recorded = str(span.attributes.get("faas.invocation_id", ""))
    return bool(recorded) and request_id.startswith(recorded)


def _show(options: argparse.Namespace) -> int:
    return terminal.show(folder(), options.trace, full=options.full)


def _tail(options: argparse.Namespace) -> int:
    return terminal.tail(folder(), full=options.full)


def _sources(options: argparse.Namespace) -> int:
    if options.markdown or not sys.stdout.isatty():
        print(sources.markdown(), end="")
    else:
        sources.show(sys.stdout)
    return 0


def _bad_input(message: str) -> int:
    _failed(message)
    return _BAD_INPUT


def _failed(message: str) -> int:
    print("sltrace:", " ".join(message.split()), file=sys.stderr)
    return _FAILED
