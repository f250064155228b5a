"""Fireline: outbreak early warning, tracing and containment for county public-health commands."""

__version__ = "0.1.0"
