"""Chapter 2, records: cleaned, pseudonymous tables."""
