"""Metrics as CloudWatch's embedded metric format: lines in the function's log."""

from __future__ import annotations

from sltrace_emf.send import send

__all__ = ["send"]
