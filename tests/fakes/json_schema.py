"""A small reading of JSON Schema, enough for the project's own OpenAPI document; unknown words are an error."""

from __future__ import annotations

import re
from datetime import date, datetime

_TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and v == v // 1,
}
_KNOWN = {
    "type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "enum", "const",
    "minimum", "maximum", "pattern", "format", "oneOf", "$ref", "description",
}  # fmt: skip


def fits(value, schema, document):
    """Whether a value is allowed by a schema of an OpenAPI document."""
    unknown = set(schema) - _KNOWN
    if unknown:
        raise AssertionError(f"words that are not read: {unknown}")
    if "$ref" in schema:
        found = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return fits(value, found, document)
    if "oneOf" in schema and sum(fits(value, one, document) for one in schema["oneOf"]) != 1:
        return False
    if "const" in schema and (value is not schema["const"]):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if types and not any(_TYPES[name](value) for name in types):
        return False
    if isinstance(value, dict):
        return _object(value, schema, document)
    if isinstance(value, list):
        return schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9) and all(
            fits(one, schema.get("items", {}), document) for one in value
        )
    if isinstance(value, str):
        return _text(value, schema)
    if _TYPES["number"](value):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True


def _object(value, schema, document):
    known = schema.get("properties", {})
    if set(schema.get("required", ())) - set(value):
        return False
    if schema.get("additionalProperties") is False and set(value) - set(known):
        return False
    return all(fits(v, known[k], document) for k, v in value.items() if k in known)


def _text(value, schema):
    if "pattern" in schema and not re.search(schema["pattern"], value, re.ASCII):
        return False
    try:
        if schema.get("format") == "date":
            date.fromisoformat(value)
        elif schema.get("format") == "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
    return True
