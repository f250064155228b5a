"""Chapter 7, contacts: close, secondary, companions, and transmission chains."""
