"""Where a kernel runs: local threads; same kernel, same answer."""

from __future__ import annotations

from fireline.engines.local import local_cases, local_shares

__all__ = ["local_cases", "local_shares"]
