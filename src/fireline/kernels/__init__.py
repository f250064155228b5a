"""Arrays in, arrays out, compiled with Numba; no other Fireline code."""
