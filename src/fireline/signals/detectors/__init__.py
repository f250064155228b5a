"""Detectors that look at one stream at a time."""
