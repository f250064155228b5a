"""Benchmarks: whole figures a user would feel, printed with their goals."""
