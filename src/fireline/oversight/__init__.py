"""Chapter 10, oversight: two-sided gap checks and timeliness."""
