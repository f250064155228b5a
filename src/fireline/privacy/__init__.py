"""Sealing, purposes, retention and small-number suppression."""
