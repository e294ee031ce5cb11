"""One metric as one line of CloudWatch's embedded metric format (EMF).

Amazon CloudWatch User Guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# The longest value of a dimension; CloudWatch drops a document with a longer or an empty one.
_MAX_DIMENSION = 1024


def encode(
    namespace: str,
    name: str,
    value: float,
    *,
    dimensions: Mapping[str, str],
    properties: Mapping[str, Any],
    time_ms: int,
) -> str:
    """Return the document of a count, newline included.

    Args:
        namespace: where CloudWatch lists the metric.
        name: the metric's name.
        value: how many.
        dimensions: its one set of dimensions; those without a value are left out.
        properties: what is found in the log beside it, and is no dimension.
        time_ms: when it was counted, in ms since the epoch.
    """
    known = {key: text[:_MAX_DIMENSION] for key, text in dimensions.items() if text}
    metric = {"Name": name, "Unit": "Count"}
    directive = {"Namespace": namespace, "Dimensions": [list(known)], "Metrics": [metric]}
    document = {
        **properties,
        **known,
        name: value,
        "_aws": {"Timestamp": time_ms, "CloudWatchMetrics": [directive]},
    }
    return json.dumps(document, separators=(",", ":")) + "\n"
