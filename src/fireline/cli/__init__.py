"""The fireline command: one file per command."""
