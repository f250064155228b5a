"""Where a kernel runs: local threads; same kernel, same answer."""
