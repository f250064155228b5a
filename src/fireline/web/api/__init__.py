"""Intake and exchange for machines."""
