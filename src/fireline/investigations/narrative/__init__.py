"""Chapter 6, narratives: an official activity text to stays and legs, and back to a text for the public."""
