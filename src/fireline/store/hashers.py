"""Password hashing: argon2id with 19 MiB, two passes and one lane.

Foundation of sign-in: the library's default would let a shift change stall two cores.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class FirelineArgon2Hasher(Argon2PasswordHasher):
    """argon2id at the OWASP minimum of 19 MiB, t = 2, p = 1 (35 ms on a 2-core machine)."""

    memory_cost = 19 * 1024
    time_cost = 2
    parallelism = 1
