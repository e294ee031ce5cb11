"""One function per table: from what was measured to the text, its budget at the end.

The budgets are the design's. Benchmarks report: no figure here fails anything.
"""

from __future__ import annotations

from statistics import median

from inprocess import STAGES, Loaded, added
from tables import number, paired, section, signed, verdict
from variants import BARE, SLTRACE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from emulated import Start, Warm

# Workload -> ms added, and the bare cold start in ms of the machine that the budget was set on.
_COLD_MS = {"noop": (10.0, 68.0), "api": (15.0, 404.0)}
_WARM_MS = {"spans5": (0.3, 0.75)}
_MEMORY_MB = {"noop": 2.0}
_MODULES = 12
_SPAN_US = 10.0
_COMMON_US, _LARGE_US = 20.0, 100.0
_OWN = ("sltrace", "sltrace_xray")


def cold(work: str, found: Mapping[str, Sequence[Start]]) -> str:
    """Return the table of cold starts."""
    bare = found[BARE]
    least = min(start.total_ms for start in bare)
    rows = []
    for name, starts in found.items():
        totals = [start.total_ms for start in starts]
        delta, ratio = paired(totals, [start.total_ms for start in bare])
        cpu, cpu_ratio = paired([s.cpu_ms for s in starts], [s.cpu_ms for s in bare])
        rows.append([
            name,
            *map(number, (median(totals), min(totals))),
            *map(signed, (delta, min(totals) - least)),
            f"{ratio:.2f}",
            number(median(start.invoke_ms for start in starts)),
            number(median(start.cpu_ms for start in starts)),
            signed(cpu),
            signed(min(s.cpu_ms for s in starts) - min(s.cpu_ms for s in bare)),
            f"{cpu_ratio:.2f}",
        ])  # fmt: skip
    headings = ["variant", "median ms", "min", "d median", "d min", "ratio", "of it invoke",
                "CPU ms", "d CPU", "d CPU min", "CPU ratio"]  # fmt: skip
    title = f"Cold start, {work}: init and first response ({len(bare)} rounds)"
    return section(title, headings, rows, *_cold_verdict(work, found, least))


def _cold_verdict(work: str, found: Mapping[str, Sequence[Start]], least: float) -> list[str]:
    if work not in _COLD_MS or SLTRACE not in found:
        return ["No budget."]
    budget, then = _COLD_MS[work]
    totals = [start.total_ms for start in found[SLTRACE]]
    by_round, _ = paired(totals, [start.total_ms for start in found[BARE]])
    scaled = f"here {number(least)}, which makes it {number(budget * least / then)}"
    where = f"where bare is {number(then)} ms; {scaled}"
    return [
        verdict("sltrace's d min", min(totals) - least, budget, "ms", where),
        verdict("sltrace's d median", by_round, budget, "ms"),
    ]


def warm(work: str, found: Mapping[str, Warm]) -> str:
    """Return the table of warm invocations."""
    bare = found[BARE]
    rows = []
    for name, its in found.items():
        durations = [each for block in its.blocks for each in block]
        delta, ratio = paired(its.medians, bare.medians)
        cpu, cpu_ratio = paired(its.cpu_ms, bare.cpu_ms)
        rows.append([
            name,
            *(f"{value:.2f}" for value in (median(durations), min(durations))),
            f"{delta:+.2f}",
            f"{ratio:.2f}",
            f"{median(its.cpu_ms):.2f}",
            f"{cpu:+.2f}",
            f"{cpu_ratio:.2f}",
        ])  # fmt: skip
    headings = ["variant", "median ms", "min", "d median", "ratio", "CPU ms", "d CPU", "CPU ratio"]
    title = f"Warm invocation, {work} ({bare.count} each)"
    notes = ["No budget."]
    if work in _WARM_MS and SLTRACE in found:
        budget, then = _WARM_MS[work]
        figure = paired(found[SLTRACE].medians, bare.medians)[0]
        here = median(each for block in bare.blocks for each in block)
        where = f"where bare is {number(then)} ms; here {number(here)}"
        notes = [verdict("sltrace's d median", figure, budget, "ms", where)]
    return section(title, headings, rows, *notes)


def memory(found: Mapping[str, Mapping[str, Warm]]) -> str:
    """Return the table of the runtime's memory after its warm invocations, by workload."""
    names = next(iter(found.values()))
    rows = []
    for name in names:
        row = [name]
        for by_variant in found.values():
            its = by_variant.get(name)
            if its is None:
                row += ["-", "-", "-"]
                continue
            extra = (its.rss_kb - by_variant[BARE].rss_kb) / 1024
            row += [f"{its.rss_kb / 1024:.1f}", f"{extra:+.1f}", f"{its.peak_kb / 1024:.1f}"]
        rows.append(row)
    headings = ["variant"]
    for work in found:
        headings += [f"{work} RSS MB", "d", "peak"]
    notes = [
        verdict("sltrace's d", _extra_mb(found[work]), budget, "MB", work)
        for work, budget in _MEMORY_MB.items()
        if work in found and SLTRACE in found[work]
    ]
    return section("Memory after the warm invocations", headings, rows, *(notes or ["No budget."]))


def _extra_mb(by_variant: Mapping[str, Warm]) -> float:
    return (by_variant[SLTRACE].rss_kb - by_variant[BARE].rss_kb) / 1024


def arrived(
    cold_starts: Mapping[str, Mapping[str, Sequence[Start]]],
    warm_runs: Mapping[str, Mapping[str, Warm]],
) -> str:
    """Return the table of what reached the place of X-Ray's daemon, per invocation."""
    rows = []
    for work, starts in cold_starts.items():
        for name, those in starts.items():
            total = [(each.sent.spans, each.sent.datagrams, each.sent.bytes) for each in those]
            rows.append([f"{work} cold", name, *_per_invocation(total, len(those))])
    for work, by_variant in warm_runs.items():
        for name, its in by_variant.items():
            total = [(its.sent.spans, its.sent.datagrams, its.sent.bytes)]
            rows.append([f"{work} warm", name, *_per_invocation(total, its.count)])
    headings = ["invocation", "variant", "spans", "datagrams", "bytes"]
    return section("What arrived by UDP, per invocation", headings, rows, "No budget.")


def _per_invocation(sent: Sequence[tuple[int, ...]], count: int) -> list[str]:
    return [number(sum(column) / count) for column in zip(*sent, strict=True)]


def spans(found: Mapping[str, Sequence[float]]) -> str:
    """Return the table of what one span costs."""
    labels = {
        "sltrace_at_once": "sltrace, attributes at once",
        "opentelemetry_at_once": "opentelemetry-sdk, the same",
        "sltrace_one_by_one": "sltrace, set_attribute three times",
        "opentelemetry_one_by_one": "opentelemetry-sdk, the same",
        "encode": "sltrace, encoding it for X-Ray when the invocation ends",
    }
    rows = []
    for key, label in labels.items():
        base = found[key.replace("opentelemetry", "sltrace")]
        ratio = paired(found[key], base)[1]
        shown = f"{ratio:.1f}" if key.startswith("opentelemetry") else ""
        rows.append([label, number(median(found[key])), number(min(found[key])), shown])
    headings = ["one span, start to end, 3 attributes", "median us", "min", "x sltrace"]
    figure = median(found["sltrace_at_once"])
    return section("Span", headings, rows, verdict("sltrace's median", figure, _SPAN_US, "us"))


def modules(found: Mapping[str, Sequence[Loaded]]) -> str:
    """Return the table of what each stage loads beyond the runtime and the bare function."""
    rows = []
    for name, stages in found.items():
        extra = added(dict(found), name)
        row = [name]
        for stage, names in zip(stages, extra, strict=True):
            row += [str(len(names)), number(min(stage.ms))]
        rows.append([*row, str(sum(map(len, extra)))])
    headings = ["variant"]
    for stage in STAGES:
        headings += [f"{stage}: modules", "min ms"]
    notes = ["Modules are those that bare does not load; ms are each stage's own, bare's too."]
    if SLTRACE in found:
        ours = added(dict(found), SLTRACE)
        strangers = sorted(each for each in frozenset().union(*ours) if _is_strange(each))
        notes.append(f"Not sltrace's own, of its {len(frozenset().union(*ours))}: "
                     f"{', '.join(strangers) or 'none'}.")  # fmt: skip
        notes.append(verdict("modules by `import sltrace`", len(ours[0]), _MODULES, "modules"))
    return section("Modules", [*headings, "modules in all"], rows, *notes)


def _is_strange(module: str) -> bool:
    return module.partition(".")[0] not in _OWN


def events(common: Mapping[str, Mapping[str, Any]], large: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of what recognising an event costs, and reading what it tells."""
    rows = []
    for name, its in {**common, **large}.items():
        steps = (its["recognise"], its["describe"])
        figures = [number(value) for step in steps for value in (median(step), min(step))]
        rows.append([name, its["source"], *figures])
    headings = ["event", "source", "recognise: median us", "min",
                "and describe: median us", "min"]  # fmt: skip
    notes = [
        "Describing is all that an invocation reads of its event: contexts, stages, attributes.",
        *(
            verdict(f"recognising, the slowest of the {kind}", _slowest(those), budget, "us")
            for kind, those, budget in (
                ("common", common, _COMMON_US),
                ("large", large, _LARGE_US),
            )
        ),
    ]
    return section("Recognising an event", headings, rows, *notes)


def _slowest(found: Mapping[str, Mapping[str, Any]]) -> float:
    return max(median(its["recognise"]) for its in found.values())
