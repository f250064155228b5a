"""Runs the chapters over a folder of files; no database."""
