"""Slow twin of kernels.daily_baseline: one series at a time, written down from the definition in plain Python.

Everything that is remembered stands in one dictionary; forgetting is a multiplication at each step learnt.
"""

import math

from tests.reference.naive_predictive import log_probability

from fireline.kernels.daily_baseline import NEW, NEW_HOLIDAY, NOT_REPORTED, OK, SHIFTED, SILENT, Rules
from fireline.kernels.predictive import upper_and_point

NAN = math.nan


def _known(x):
    return not math.isnan(x)


def naive_daily_baseline(
    y, *, weekday, holiday, has_weekday=False, has_holiday=True, has_season=False, is_rate=False,
    exposure=None, calendar=None, lift=None, year_steps=365.25, rules=Rules(),
):  # fmt: skip
    """One series (list of floats) -> list of dicts with mean, phi, upper, point, state, calendar, lift."""
    n = len(y)
    r = rules
    bare = [(exposure[t] if exposure else 1.0) * (calendar[t] if calendar else 1.0) for t in range(n)]
    bare = [b if b > 0 else 0.0 for b in bare]
    off = [h if has_holiday else 0 for h in holiday]
    m = {
        "up": 0.0, "down": 0.0, "new_up": 0.0, "new_down": 0.0, "spread_up": r.first_spread * r.spread_prior,
        "spread_down": r.spread_prior, "silent": 0.0, "seen": 0, "known_from": 0, "shifted": None,
        "gap": 0, "zeros": 0, "wait": 0, "sides": [],
    }  # fmt: skip
    week = {d: [0.0, 0.0, 1.0] for d in range(7)}
    days = {h: [0.0, 0.0, 0] for h in set(off)}
    past = [{"base": 0.0, "level": 0.0, "mean": NAN, "unsure": 1.0, "weight": 1.0} for _ in range(n)]
    out = []
    for t in range(n):
        reported = bare[t] > 0 and _known(y[t])
        if reported and (m["gap"] > r.longest_gap or (y[t] > 0 and m["zeros"] > r.longest_gap)):
            m.update(up=0.0, down=0.0, new_up=0.0, new_down=0.0, silent=0.0, seen=0, known_from=t)
            m.update(wait=0, sides=[])
        u = t - 1 - r.guard
        if u >= m["known_from"] and past[u]["base"] > 0 and _known(y[u]):
            _learn(u, y[u], bare[u], past[u], weekday[u], off[u], has_weekday, r, m, week, days)
        p = past[t]
        total_raw = sum(w[2] for w in week.values())
        factor = week[weekday[t]][2] * 7 / total_raw if has_weekday else 1.0
        p["base"] = bare[t] * factor
        p["level"] = (m["up"] + 0.5) / m["down"] if m["down"] > 0 else 0.0
        up, down, n_past = days[off[t]]
        day = (up + 20) / (down + 20) if off[t] else 1.0
        grown = (lift[t] if lift else 1.0) * (_growth(t, past, year_steps, r, m) if has_season else 1.0)
        mean = wide = NAN
        if m["seen"] >= 7 and p["base"] > 0:
            mean = p["base"] * p["level"] * day * grown
            unsure = 1 + mean / (m["up"] + 0.5)
            phi = m["spread_up"] / m["spread_down"]
            wide = (phi if is_rate else max(phi, 1.0)) * unsure
            if off[t]:
                wide += mean * 0.25 / (1 + n_past)
            p["mean"], p["unsure"] = mean, unsure
        if reported and _known(mean):
            z = 2 * (math.sqrt(y[t] + 0.375) - math.sqrt(mean + 0.375)) / math.sqrt(wide)
            p["weight"] = min(1.0, (r.doubt_z / max(abs(z), 1e-9)) ** 4)
            m["silent"] = m["silent"] + mean if y[t] == 0 else 0.0
            if m["silent"] > r.silent_sum:
                p["weight"] = 0.0
            if not off[t]:
                m["sides"] = [*m["sides"], (z > 1.96) - (z < -1.96)][-r.shift_steps :]
        if reported:
            m["gap"], m["zeros"] = 0, m["zeros"] + 1 if y[t] == 0 and m["silent"] > 0 else 0
        else:
            m["gap"] += 1
        code = _state(t, mean, reported, bool(off[t]) and n_past == 0, r, m)
        upper = point = NAN
        if code in (OK, SHIFTED, NEW_HOLIDAY):
            upper, point = upper_and_point(y[t], mean, wide, is_rate)
            if not is_rate and y[t] == int(y[t]) and mean > 0:
                assert math.isclose(point, math.exp(log_probability(int(y[t]), mean, wide)), rel_tol=1e-7)
        out.append(
            {
                "mean": mean,
                "phi": wide,
                "upper": upper,
                "point": point,
                "state": code,
                "calendar": factor * day,
                "lift": grown,
            }
        )
        if reported and _known(mean):
            _restart(t, y, past, off, r, m)
    return out


def _learn(u, y, bare, past, weekday, holiday, has_weekday, r, m, week, days):
    w = past["weight"]
    if holiday:
        if m["down"] > 0:
            days[holiday][0] += y
            days[holiday][1] += past["base"] * m["up"] / m["down"]
            days[holiday][2] += 1
        return
    for keep, up, down in ((1 - 1 / r.memory, "up", "down"), (1 - 2 / r.memory, "new_up", "new_down")):
        m[up], m[down] = keep * m[up] + w * y, keep * m[down] + w * past["base"]
    m["seen"] += 1
    if has_weekday and m["down"] > 0:
        keep = 1 - 1 / r.weekday_memory
        found = week[weekday]
        found[0] = keep * found[0] + w * y
        found[1] = keep * found[1] + w * bare * m["up"] / m["down"]
        found[2] = (found[0] + 10) / (found[1] + 10)
    if past["mean"] > 0:
        keep = 1 - 1 / r.spread_memory
        chi = (y - past["mean"]) ** 2 / (past["mean"] * past["unsure"])
        m["spread_up"], m["spread_down"] = keep * m["spread_up"] + w * chi, keep * m["spread_down"] + w


def _growth(t, past, year, r, m):
    if not (m["new_up"] > 0 and m["up"] > 0 and m["new_down"] > 0):
        return 1.0
    span = r.memory + r.guard
    found = []
    for k in (1, 2, 3):
        then = t - round(year * k)
        if then < r.min_steps:
            break
        later = then + round(span)
        if later < t and past[then]["level"] > 0 and past[later]["level"] > 0:
            found.append(math.log(past[later]["level"] / past[then]["level"]))
    season = sum(found) / (len(found) + 1)
    reach = 2 * span / r.memory
    rise = math.log((m["new_up"] / m["new_down"]) / (m["up"] / m["down"])) * reach - season
    chance = 4 * (m["spread_up"] / m["spread_down"]) / (6 * m["up"]) * reach**2
    total = season + 0.8 * rise * rise**2 / (rise**2 + chance)
    return math.exp(min(max(total, -0.7), 0.7))


def _state(t, mean, reported, new_holiday, r, m):
    if not reported:
        return NOT_REPORTED
    if m["silent"] > r.silent_sum:
        return SILENT
    if m["shifted"] is not None and t - m["shifted"] <= r.min_steps and _known(mean):
        return SHIFTED
    if m["seen"] < r.min_steps or not _known(mean):
        return NEW
    return NEW_HOLIDAY if new_holiday else OK


def _restart(t, y, past, off, r, m):
    ups, downs = m["sides"].count(1), m["sides"].count(-1)
    if m["silent"] > r.silent_sum or max(ups, downs) < r.shift_share:
        m["wait"] = 0
        return
    m["wait"] += 1
    newest = [u for u in range(t, -1, -1) if past[u]["base"] > 0 and _known(y[u]) and not off[u]][
        : r.shift_steps
    ]
    half = r.shift_steps // 2

    def ratio(steps):
        return sum(y[u] for u in steps) / sum(past[u]["base"] for u in steps)

    now, before = ratio(newest[:half]), max(ratio(newest[half:]), 1e-12)
    if downs >= r.shift_share or before / 1.3 <= now <= before * 1.3 or m["wait"] >= r.shift_patience:
        total, base = sum(y[u] for u in newest), sum(past[u]["base"] for u in newest)
        m.update(up=total, down=base, new_up=total, new_down=base, seen=r.shift_steps)
        m.update(known_from=t + 1, shifted=t, wait=0, sides=[])
