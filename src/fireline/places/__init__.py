"""Chapter 4, key places and gatherings: capacity, check-ins, large events."""
