"""Reads the body of a call: one JSON object of bounded size and depth, every name once, no NaN.

Web, api: refuses what no reader of the same bytes could read differently.
"""

from __future__ import annotations

import json
import re
from typing import Any

from django.http import HttpRequest, UnreadablePostError

from fireline.feeds.reporting.rows import MAX_BYTES
from fireline.web.api.frame import Problem

MAX_DEPTH = 20
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_DIGITS = re.compile(rb"\d{40}")


def read_object(request: HttpRequest) -> dict[str, Any]:
    """The JSON object in the body of a call.

    Raises
    ------
    Problem   415 another type or a compressed body, 411 no length, 413 too large, 400 no JSON object
    """
    if (
        request.content_type != "application/json"
        or request.headers.get("Content-Encoding", "identity") != "identity"
    ):
        raise Problem(415, "content_type")
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if charset not in ("utf-8", "utf8"):
        raise Problem(415, "content_type")
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise Problem(411, "length")
    if int(length) > MAX_BYTES:
        raise Problem(413, "too_large", limit=MAX_BYTES)
    try:
        data = request.body
    except UnreadablePostError as error:
        raise Problem(400, "not_json") from error
    return _parsed(data)


def _parsed(data: bytes) -> dict[str, Any]:
    if _depth(data) > MAX_DEPTH:
        raise Problem(400, "too_deep", limit=MAX_DEPTH)
    try:
        found = json.loads(
            data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole
        )
    except (ValueError, RecursionError) as error:
        raise Problem(400, "not_json") from error
    if not isinstance(found, dict):
        raise Problem(400, "not_an_object")
    return found


def _depth(data: bytes) -> int:
    """Deepest nesting, counted without parsing."""
    depth = deepest = 0
    for mark in _BRACKET.findall(_STRING.sub(b"", data)):
        depth += 1 if mark in (b"[", b"{") else -1
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name twice")
    return found


def _no_constant(_name: str) -> float:
    raise ValueError("no number of JSON")


def _whole(text: str) -> int | float:
    """A whole number; one of very many digits is a float, which is too large for every field anyhow."""
    return float(text) if _DIGITS.search(text.encode()) else int(text)
