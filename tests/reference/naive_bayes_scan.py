"""Slow twin of kernels.bayes_scan: every hypothesis of one day written out, with whole probabilities."""

import math

from tests.reference.naive_predictive import log_probability


def log_ratio(y, mean, phi, risk, is_rate):
    """log P(y | event) - log P(y | none), from the two densities themselves."""
    if is_rate:

        def density(m):
            shape = m / phi
            x = max(y, 1e-9 * mean)
            return (shape - 1) * math.log(x / phi) - x / phi - math.lgamma(shape)

        return density(risk * mean) - density(mean)
    return log_probability(y, risk * mean, phi) - log_probability(y, mean, phi)


def evidence(count, mean, phi, t, a, s, *, delay, is_rate, risk, effect, y, q, k):
    """Sum of log ratios of one stream and area from the beginning, k days before t, to what has come in."""
    total = 0.0
    for u in range(t - k, t - delay[s] + 1):
        g = effect[y][q][s][u - (t - k)]
        if not math.isnan(count[u][a][s]) and mean[u][a][s] > 0 and g > 0:
            total += log_ratio(count[u][a][s], mean[u][a][s], phi[u][a][s], risk[g], is_rate[s])
    return total


def naive_score(count, mean, phi, t, members, *, delay, trust, is_rate, risk, effect, temper=1.0):
    """Log Bayes factor of one set of areas on day t."""
    n_types, n_severities, n_streams, n_starts = (
        len(effect), len(effect[0]), len(effect[0][0]), len(effect[0][0][0]),
    )  # fmt: skip
    found = []
    for y in range(n_types):
        for q in range(n_severities):
            for k in range(n_starts):
                total = 0.0
                for a in members if t - k >= 0 else ():
                    for s in range(n_streams):
                        said = evidence(
                            count, mean, phi, t, a, s, delay=delay, is_rate=is_rate, risk=risk,
                            effect=effect, y=y, q=q, k=k,
                        )  # fmt: skip
                        total += max(math.log(1 - trust[s]), trust[s] * said)
                found.append(temper * total)
    most = max(found)
    return most + math.log(math.fsum(math.exp(f - most) for f in found) / len(found))
