"""Slow twin of kernels.luck: splitmix64 of four whole numbers in plain Python."""

_MASK = (1 << 64) - 1


def mixed(x):
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)


def naive_uniform(seed, person, purpose, extra):
    x = mixed(seed ^ mixed(person))
    x = mixed(x ^ purpose)
    x = mixed(x ^ extra)
    return (x >> 11) / 2**53
