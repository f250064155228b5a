"""Watching a folder on demand: triggers, clusters, and who has not reported.

Pipeline: reads signals; used by the command line.
"""
