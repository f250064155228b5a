"""The synthetic county, the outbreak simulator and exercises."""
