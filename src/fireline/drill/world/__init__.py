"""A county of 50 thousand to 2 million invented people, outbreaks in it, and zone policies tried on them."""
