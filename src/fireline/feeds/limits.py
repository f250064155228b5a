"""Limits that a file must keep before any reader touches it.

Chapter 1: read by the pre-scan and shown in the docs.
"""

from __future__ import annotations

MEGABYTE = 1 << 20

MAX_TEXT_BYTES = 256 * MEGABYTE
MAX_JSON_BYTES = 64 * MEGABYTE
MAX_BINARY_BYTES = 512 * MEGABYTE
MAX_ZIP_ENTRIES = 200
MAX_UNPACKED_BYTES = 256 * MEGABYTE
MAX_RATIO = 200
MAX_GRID = 20_000_000
MAX_CELLS = 5_000_000
MAX_ROWS = 20_000_000
MAX_COLUMNS = 200
MAX_DECLARED_BYTES = 2 << 30
MAX_DEPTH = 20
MAX_CELL_CHARACTERS = 1_000_000
MAX_CORNERS = 3_000_000
"""Corners of all outlines of one GeoJSON file."""

SHEET_LIMITS = (65_536, 1_048_576)
"""Row counts at which spreadsheet programs cut a table off without a word."""
