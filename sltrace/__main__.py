"""``python -m sltrace``: the same as the command ``sltrace``."""

from __future__ import annotations

import sys

from sltrace.cli import main

sys.exit(main())
