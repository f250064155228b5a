"""One keyword-only function per state change: load, decide, save, audit, one transaction."""
