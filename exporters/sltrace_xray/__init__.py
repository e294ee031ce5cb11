"""The X-Ray exporter: segment documents over UDP to the X-Ray daemon, Lambda's or one's own."""

from __future__ import annotations

import os

from sltrace._sandbox import in_lambda
from sltrace_xray.send import XRayExporter, daemon_address

__all__ = ["XRayExporter", "exporter"]


def exporter() -> XRayExporter:
    """Return an exporter for the daemon that the environment names (see ``daemon_address``)."""
    return XRayExporter(daemon_address(os.environ), in_lambda=in_lambda(os.environ))
