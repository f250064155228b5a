"""Chapter 8, zones: the smallest ring that holds, with people counted."""
