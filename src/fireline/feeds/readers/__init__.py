"""Plain reader functions: bytes of one file in, rows of text out."""
