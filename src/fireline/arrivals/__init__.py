"""Chapter 3, the four pockets: flights, land ports, cold chain, cross-region travel; what is owed on landing."""
