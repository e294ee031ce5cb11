"""Which trace an invocation belongs to, by the headers that its carriers bring."""

from __future__ import annotations

from sltrace import _settings
from sltrace._headers import XRAY, Remote, read_w3c, read_xray, trace_headers
from sltrace._model import SAMPLED, SpanContext

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from sltrace._trace import Trace

# The propagators that read each header: "xray" means X-Ray's wherever it stands, OTel's
# "xray-lambda" the runtime's.
_RUNTIME = ("xray", "xray-lambda")
_XRAY = ("xray",)
_W3C = ("tracecontext",)
_XRAY_KEY = XRAY.lower()


def extract(
    environ: Mapping[str, str],
    w3c: Mapping[str, Any],
    carriers: Sequence[Mapping[Any, Any]] = (),
    trace_id: int | None = None,
) -> tuple[Remote, list[SpanContext]]:
    """Return the parent of an invocation, and the contexts that were offered but not chosen.

    The first of these that names a span, or at least a trace, is the parent: (1) the runtime's
    X-Ray header when it is sampled, for Lambda's own segments are in that trace; (2)
    ``context.w3c()``; (3) each carrier in turn, its W3C headers before its X-Ray header; (4) the
    trace that the event belongs to by what it is; (5) the runtime's X-Ray header, unsampled or
    undecided. OTEL_PROPAGATORS leaves out the formats it does not name.

    Args:
        environ: holds ``_X_AMZN_TRACE_ID``, where the runtime puts Lambda-Runtime-Trace-Id.
        w3c: what ``context.w3c()`` returned.
        carriers: headers of the client context and of the event, names in any case.
        trace_id: see (4).
    """
    known = _settings.current().propagators
    runtime = (
        read_xray(environ.get("_X_AMZN_TRACE_ID", "")) if _reads(_RUNTIME, known) else Remote()
    )
    offers = [runtime] if runtime.sampled else []
    offers += [offer for carrier in (w3c, *carriers) for offer in read(carrier)]
    if trace_id is not None:
        offers.append(_derived(trace_id, runtime))
    chosen, others = _choose([*offers, runtime])
    if known is not None and "baggage" not in known:
        chosen.baggage = ""
    return chosen, others


def read(carrier: Mapping[Any, Any]) -> list[Remote]:
    """Return what a carrier's headers tell, W3C's before X-Ray's, as OTEL_PROPAGATORS says."""
    headers = trace_headers(carrier)
    if not headers:
        return []
    known = _settings.current().propagators
    w3c = read_w3c(headers) if _reads(_W3C, known) else None
    found = [] if w3c is None else [w3c]
    if _XRAY_KEY in headers and _reads(_XRAY, known):
        found.append(read_xray(headers[_XRAY_KEY]))
    return found


def context_of(remote: Remote) -> SpanContext:
    """Return a remote span's context, for a link to it."""
    flags = 0 if remote.sampled is False else SAMPLED
    return SpanContext(remote.trace_id or 0, remote.span_id or 0, True, flags, remote.state)


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
    return chosen, [context_of(other) for other in others.values()]


def _merge(chosen: Remote, offers: Sequence[Remote], same: Sequence[Remote]) -> None:
    """Keep what has to be sent on whichever carrier brought it, and the decision on this trace."""
    for offer in offers:
        chosen.baggage = chosen.baggage or offer.baggage
        chosen.xray = chosen.xray or offer.xray
    for offer in same:
        chosen.state = chosen.state or offer.state
        chosen.sampled = offer.sampled if chosen.sampled is None else chosen.sampled


def _derived(trace_id: int, runtime: Remote) -> Remote:
    """Return a trace that nobody has sent: the runtime alone decides whether it is sampled."""
    remote = Remote()
    remote.trace_id = trace_id
    remote.sampled = runtime.sampled
    return remote
