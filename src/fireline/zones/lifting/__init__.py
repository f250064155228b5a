"""Lifting: which cases count, since which hour, what is missing, and the steps down."""
