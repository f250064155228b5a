"""The chain of jurisdictions an area stands in, from itself up to its country or WHO.

Foundation: the resolver looks for rules along this chain.
"""

from __future__ import annotations

import re

from fireline.errors import PolicyError

EXERCISE = "EX"
"""Country code of the drill's invented county; no real country has it."""

_FOREIGN = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,12}){0,4}")
_CHINA = re.compile(r"(CN-?)?([1-9][0-9](?:[0-9]{2}(?:[0-9]{2}(?:[0-9]{3}(?:[0-9]{3})?)?)?)?)")
_OWN_HEALTH_LAW = {"71": "TW", "81": "HK", "82": "MO", "TW": "TW", "HK": "HK", "MO": "MO"}
_LEVELS = (2, 4, 6, 9, 12)


def area_chain(area: str) -> tuple[str, ...]:
    """Jurisdictions whose rules may apply in an area, most specific first.

    Parameters
    ----------
    area : str, "CN", "CN-41", "CN-411624" (GB/T 2260, up to 12 digits; bare digits are read as China),
        "KR-11" (ISO 3166), "EX-010203" (drill) or "WHO"

    Returns
    -------
    tuple of str   ("CN-411624", "CN-4116", "CN-41", "CN"); foreign areas end in "WHO", China and EX do not.
        Hong Kong, Macao and Taiwan have health rules of their own: ("CN-81", "HK", "WHO")

    Raises
    ------
    PolicyError   the code is of none of these forms
    """
    code = area.strip().upper()
    if code == "WHO":
        return ("WHO",)
    country, _, rest = code.partition("-")
    own = _OWN_HEALTH_LAW.get(rest[:2]) if country == "CN" else None
    if own:
        return (code, own, "WHO")
    china = _CHINA.fullmatch(code)
    if china:
        digits = china.group(2)
        levels = [digits[:n] for n in _LEVELS if n <= len(digits)]
        while len(levels) > 1 and not levels[-1].removeprefix(levels[-2]).strip("0"):
            levels.pop()  # 411600 is the city 4116: trailing zeros mean "the whole of it"
        chain = [f"CN-{level}" for level in reversed(levels)]
        whole = f"CN-{digits}"
        return (*([] if chain[0] == whole else [whole]), *chain, "CN")
    if country == "CN" and rest:
        raise PolicyError(_message(area))
    if not _FOREIGN.fullmatch(code):
        raise PolicyError(_message(area))
    if country == "CN":
        return ("CN",)
    if country == EXERCISE:
        return ("EX",) if code == "EX" else (code, "EX")
    parts = code.split("-")
    return (*("-".join(parts[:n]) for n in range(len(parts), 0, -1)), "WHO")


def _message(area: str) -> str:
    return (
        f"area: found {area[:20]!r}; allowed: WHO, a country code (CN, KR), a Chinese division such as "
        "CN-41, CN-4116 or CN-411624, or a code such as KR-11; correct the code"
    )
