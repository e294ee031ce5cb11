"""Which trace an invocation belongs to, by the headers that its carriers bring."""

from __future__ import annotations

from itertools import islice

from sltrace import _settings
from sltrace._headers import Remote, read_w3c, read_xray
from sltrace._model import SAMPLED, SpanContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace._trace import Trace

_CARRIERS = frozenset(("traceparent", "tracestate", "baggage", "x-amzn-trace-id"))
# Most headers are told apart by their length, without a copy in lower case.
_LENGTHS = frozenset(map(len, _CARRIERS))
_MAX_HEADERS = 256
# The propagators that read each header: "xray" means X-Ray's wherever it stands, OTel's
# "xray-lambda" the runtime's.
_RUNTIME = ("xray", "xray-lambda")
_XRAY = ("xray",)
_W3C = ("tracecontext",)


def extract(
    environ: Mapping[str, str], w3c: Mapping[str, Any], headers: Mapping[Any, Any]
) -> tuple[Remote, list[SpanContext]]:
    """Return the parent of an invocation, and the contexts that were offered but not chosen.

    The first of these that names a span, or at least a trace, is the parent: (1) the runtime's
    X-Ray header when it is sampled, for Lambda's own segments are in that trace; (2)
    ``context.w3c()``; (3) the event's W3C headers; (4) the event's X-Ray header; (5) the
    runtime's X-Ray header, unsampled or undecided. OTEL_PROPAGATORS leaves out the formats it
    does not name.

    Args:
        environ: holds ``_X_AMZN_TRACE_ID``, where the runtime puts Lambda-Runtime-Trace-Id.
        w3c: what ``context.w3c()`` returned.
        headers: the event's headers, names in any case.
    """
    runtime = read_xray(environ.get("_X_AMZN_TRACE_ID", ""))
    found = _texts(headers)
    known = _settings.current().propagators
    offers = [
        (_RUNTIME, runtime if runtime.sampled else None),
        (_W3C, read_w3c(_texts(w3c))),
        (_W3C, read_w3c(found)),
        (_XRAY, read_xray(found.get("x-amzn-trace-id", ""))),
        (_RUNTIME, runtime),
    ]
    read = [offer for names, offer in offers if offer is not None and _reads(names, known)]
    chosen, others = _choose(read)
    if known is not None and "baggage" not in known:
        chosen.baggage = ""
    return chosen, others


def join(trace: Trace, remote: Remote) -> None:
    """Make ``trace`` the continuation of a remote one, with what it has to send on."""
    if remote.trace_id is not None:
        trace.trace_id = remote.trace_id
    if remote.sampled is False:
        trace.flags &= ~SAMPLED
    trace.state = remote.state
    trace.xray = remote.xray
    trace.baggage = remote.baggage


def _reads(propagators: tuple[str, ...], named: tuple[str, ...] | None) -> bool:
    return named is None or any(propagator in named for propagator in propagators)


def _choose(offers: Sequence[Remote]) -> tuple[Remote, list[SpanContext]]:
    by_trace = [offer for offer in offers if offer.trace_id is not None]
    chosen = by_trace[0] if by_trace else (offers[-1] if offers else Remote())
    same = [offer for offer in by_trace if offer.trace_id == chosen.trace_id]
    # API Gateway sends on the root alone, Lambda with it the parent: of one trace, who knows more.
    chosen = next((offer for offer in same if offer.span_id is not None), chosen)
    others = {
        (other.trace_id, other.span_id): other
        for other in by_trace
        if other.span_id is not None and other.trace_id != chosen.trace_id
    }
    _merge(chosen, offers, same or offers)
    return chosen, [_context_of(other) for other in others.values()]


def _merge(chosen: Remote, offers: Sequence[Remote], same: Sequence[Remote]) -> None:
    """Keep what has to be sent on whichever carrier brought it, and the decision on this trace."""
    for offer in offers:
        chosen.baggage = chosen.baggage or offer.baggage
        chosen.xray = chosen.xray or offer.xray
    for offer in same:
        chosen.sampled = offer.sampled if chosen.sampled is None else chosen.sampled


def _context_of(remote: Remote) -> SpanContext:
    flags = 0 if remote.sampled is False else SAMPLED
    return SpanContext(remote.trace_id or 0, remote.span_id or 0, True, flags, remote.state)


def _texts(headers: Mapping[Any, Any]) -> dict[str, str]:
    """Return the trace headers among ``headers``, keys in lower case; a list's last value."""
    found: dict[str, str] = {}
    for key in islice(headers, _MAX_HEADERS):
        if isinstance(key, str) and len(key) in _LENGTHS and key.lower() in _CARRIERS:
            value = headers[key]
            text = value[-1] if isinstance(value, list) and value else value
            if isinstance(text, str):
                found[key.lower()] = text
    return found
