"""Guideline editions as dated packs, and the resolver that finds the rule in force."""
