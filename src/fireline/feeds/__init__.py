"""Chapter 1, feeds: what each source promises and how it is read."""
