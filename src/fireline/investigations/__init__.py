"""Chapter 6, investigations: case definitions, line list, curve, attack rates, trajectories."""
