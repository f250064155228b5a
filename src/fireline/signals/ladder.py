"""The ladder of alarm levels as shapes and numerals: never told by colour alone.

Chapter 5: read by the faces and the command line.
"""

from __future__ import annotations

from collections.abc import Mapping

GLYPHS: Mapping[str, str] = {"high": "⬣", "medium": "▲", "low": "◆", "very_low": "●"}
"""Level -> shape, worst first."""
NUMERALS: Mapping[str, str] = {"high": "Ⅰ", "medium": "Ⅱ", "low": "Ⅲ", "very_low": "Ⅳ"}
"""Level -> numeral, as the four steps of the warning rules."""
