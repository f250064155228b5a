"""Streams, kinds of event and holidays as data (streams.toml)."""

from __future__ import annotations

from fireline.signals.streams.model import EventType, Holiday, Stream, StreamBook
from fireline.signals.streams.read import default_streams, parse_streams

__all__ = ["EventType", "Holiday", "Stream", "StreamBook", "default_streams", "parse_streams"]
