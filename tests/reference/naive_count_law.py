"""Slow twin of kernels.count_tail: probabilities by their recursion in decimals of fifty digits."""

from decimal import Decimal, getcontext

getcontext().prec = 50


def probabilities(mean, phi, n):
    """P(X = 0) .. P(X = n - 1) of a count of this mean whose variance is phi times it; phi <= 1 is Poisson."""
    mean, phi = Decimal(mean), Decimal(phi)
    if phi <= 1:
        p = [(-mean).exp()]
        for x in range(n - 1):
            p.append(p[-1] * mean / (x + 1))
        return p
    size = mean / (phi - 1)
    p = [(-size * phi.ln()).exp()]
    for x in range(n - 1):
        p.append(p[-1] * (size + x) / (x + 1) * (phi - 1) / phi)
    return p


def naive_upper_tail(x, mean, phi, n=4_000):
    return float(sum(probabilities(mean, phi, n)[max(0, x) :]))


def naive_quantile(alpha, mean, phi, n=4_000):
    """Smallest x with P(X > x) <= alpha."""
    p = probabilities(mean, phi, n)
    tail, x = sum(p[1:]), 0
    while tail > Decimal(alpha):
        x += 1
        tail -= p[x]
    return x
