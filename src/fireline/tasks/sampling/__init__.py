"""Sampling rounds: pools, plans, timetables and progress, and which sample pays for which owed test.

Chapter 9: arrays and tables in, tables out; read by oversight and the faces.
"""
