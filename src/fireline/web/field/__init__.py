"""The phone page of grid workers."""
