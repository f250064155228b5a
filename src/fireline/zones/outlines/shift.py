"""Whether a file's outlines or points are shifted like GCJ-02 against WGS-84.

Chapter 8: a warning for people, never a silent correction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.stats import binomtest

from fireline.feeds.crs import gcj02_to_wgs84, offset_deg, wgs84_to_gcj02
from fireline.units import EARTH_RADIUS_M
from fireline.words import Words
from fireline.zones.outlines.plane import Plane, Shapes

_SURE = 0.99
_FEWEST = 6
_MAD_TO_SD = 1.4826

Array = NDArray[np.float64]


class Verdict(StrEnum):
    """What the offsets look like."""

    NONE = "none"  # no shift
    GCJ02 = "gcj02"  # the file is shifted as GCJ-02 is against the reference
    REVERSE = "reverse"  # the reference is shifted, or the file was converted once too often
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Shift:
    """Offsets of a file against a reference.

    Attributes
    ----------
    verdict : Verdict
    confidence : float, 0 to 1, share of the evidence for the verdict among the three explanations
    n : int, points or outlines compared
    east_m, north_m : float, median offset of the file, metres (NaN where only memberships were compared)
    error_m : float, standard error of that median in each direction, metres
    predicted_east_m, predicted_north_m : float, what GCJ-02 would add there, metres
    """

    verdict: Verdict
    confidence: float
    n: int
    east_m: float
    north_m: float
    error_m: float
    predicted_east_m: float
    predicted_north_m: float

    def words(self) -> Words:
        """The finding in one sentence."""
        moved = f"{self.east_m:+.0f} m E, {self.north_m:+.0f} m N (±{self.error_m:.0f} m)"
        like = f"{self.predicted_east_m:+.0f} m E, {self.predicted_north_m:+.0f} m N"
        is_measured = not np.isnan(self.east_m)
        measured_zh = f"：实测偏移 {moved}，GCJ-02 应为 {like}" if is_measured else ""
        measured_en = f": measured {moved}, GCJ-02 would give {like}" if is_measured else ""
        said = {
            Verdict.NONE: Words("没有发现 GCJ-02 偏移", "no GCJ-02 shift found"),
            Verdict.GCJ02: Words(
                "坐标像是 GCJ-02（未转换）", "the coordinates look like GCJ-02, unconverted"
            ),
            Verdict.REVERSE: Words(
                "坐标与参照相差一次反向的 GCJ-02 转换",
                "the coordinates differ from the reference by one GCJ-02 conversion, the other way round",
            ),
            Verdict.UNCLEAR: Words(
                "不能判断是否有 GCJ-02 偏移", "cannot tell whether there is a GCJ-02 shift"
            ),
        }[self.verdict]
        sure = f"{self.confidence:.0%}"
        return Words(
            f"{said.zh}{measured_zh}（{self.n} 处比较，把握 {sure}）",
            f"{said.en}{measured_en} ({self.n} compared, confidence {sure})",
        )


def shift_of_pairs(lon: Array, lat: Array, known_lon: Array, known_lat: Array) -> Shift:
    """Compare points of a file with the same points in WGS-84.

    Parameters
    ----------
    lon, lat : float64 (n,), degrees as the file has them
    known_lon, known_lat : float64 (n,), the same places in WGS-84, degrees

    Raises
    ------
    ValueError   arrays differ in length

    Notes
    -----
    Offsets in metres; median and its standard error from the median absolute deviation (1.2533 sd /
    sqrt(n)), at least 5 m. The three explanations - nothing, GCJ-02, the other way round - are weighed by
    the Gaussian likelihood of that median with equal prior weight. Fewer than 6 points are never enough. A
    median more than 4 standard errors and 50 m from all three explanations is unclear whatever the weights.
    """
    if not len(lon) == len(lat) == len(known_lon) == len(known_lat):
        raise ValueError("lon, lat, known_lon and known_lat differ in length")
    keep = np.isfinite(lon) & np.isfinite(lat) & np.isfinite(known_lon) & np.isfinite(known_lat)
    scale = np.radians(1.0) * EARTH_RADIUS_M
    across = scale * np.cos(np.radians(known_lat[keep]))
    east, north = (lon - known_lon)[keep] * across, (lat - known_lat)[keep] * scale
    add_east, add_north = offset_deg(known_lon[keep], known_lat[keep])
    return _weigh(east, north, add_east * across, add_north * scale)


def _weigh(east: Array, north: Array, add_east: Array, add_north: Array) -> Shift:
    n = len(east)
    if not n:
        return Shift(Verdict.UNCLEAR, 0.0, 0, np.nan, np.nan, np.nan, np.nan, np.nan)
    middle = np.array([np.median(east), np.median(north)])
    like = np.array([np.median(add_east), np.median(add_north)])
    # the formula changes over a province: what it does not predict is the noise
    spread = min(_spread(east, north), _spread(east - add_east, north - add_north))
    error = max(5.0, 1.2533 * spread / np.sqrt(n))
    away = np.array([np.sum((middle - k * like) ** 2) for k in (0.0, 1.0, -1.0)])
    log = -away / (2 * error**2)
    weights = np.exp(log - log.max())
    weights /= weights.sum()
    best = int(np.argmax(weights))
    fits = np.sqrt(away[best]) <= max(4 * error, 50.0)
    is_sure = n >= _FEWEST and weights[best] >= _SURE and fits
    verdict = (Verdict.NONE, Verdict.GCJ02, Verdict.REVERSE)[best] if is_sure else Verdict.UNCLEAR
    (east_m, north_m), (like_e, like_n) = middle.tolist(), like.tolist()
    return Shift(verdict, float(weights[best]), n, east_m, north_m, float(error), like_e, like_n)


def _spread(east: Array, north: Array) -> float:
    each = [np.median(np.abs(v - np.median(v))) for v in (east, north)]
    return float(_MAD_TO_SD * max(each))


def shift_of_outlines(shapes: Shapes, reference: Shapes, *, reach_m: float = 1_500.0) -> Shift:
    """Compare outlines with the same outlines of another source that is known to be WGS-84.

    Parameters
    ----------
    shapes, reference : polygons in degrees or None, shape (n,), row by row the same place
    reach_m : metres, > 0; offsets up to this are found

    Notes
    -----
    For each pair the translation with the largest common area is sought by a coarse grid that is halved
    five times around the best (reach / 32 in the end); the offset is that of ``shapes`` against
    ``reference``. Generalised outlines differ everywhere by more than the shift: only their whole is used.
    """
    rows = [i for i in range(len(shapes)) if shapes[i] is not None and reference[i] is not None]
    east, north, add_east, add_north = [], [], [], []
    for i in rows:
        plane = Plane.around(np.array([reference[i]], dtype=object))
        one, other = (
            shapely.make_valid(s) for s in plane.flat(np.array([shapes[i], reference[i]], dtype=object))
        )
        dx, dy = _best_move(shapely.simplify(one, 30.0), shapely.simplify(other, 30.0), reach_m)
        east.append(-dx)
        north.append(-dy)
        more = offset_deg(np.array([plane.lon0]), np.array([plane.lat0]))
        add_east.append(float(more[0][0] * plane.metres[0]))
        add_north.append(float(more[1][0] * plane.metres[1]))
    return _weigh(*(np.array(v, dtype=float) for v in (east, north, add_east, add_north)))


def _best_move(shape: shapely.Geometry, fixed: shapely.Geometry, reach_m: float) -> tuple[float, float]:
    """Translation of a shape (metres) that gives the largest common area with a fixed one."""
    step = reach_m / 2
    best, most = (0.0, 0.0), -1.0
    shapely.prepare(fixed)
    while step >= reach_m / 64:
        around = [
            (best[0] + i * step, best[1] + j * step) for i in (-2, -1, 0, 1, 2) for j in (-2, -1, 0, 1, 2)
        ]
        moved = [shapely.transform(shape, lambda p, m=m: p + np.array(m)) for m in around]
        area = shapely.area(shapely.intersection(np.array(moved, dtype=object), fixed))
        k = int(np.argmax(area))
        if area[k] > most:
            best, most = around[k], float(area[k])
        step /= 2
    return best


def shift_of_members(lon: Array, lat: Array, homes: Shapes) -> Shift:
    """Compare points with the outlines of the units that they are stated to lie in.

    Parameters
    ----------
    lon, lat : float64 (n,), degrees, taken as WGS-84 (cases, places)
    homes : outline of each point's stated unit or area, degrees, or None, shape (n,)

    Returns
    -------
    Shift   of the outlines against the points

    Notes
    -----
    Only points that one reading puts inside and the other outside say anything: a sign test of "as they
    are" against "points moved into GCJ-02" (outlines are GCJ-02), and against the other way round. The
    confidence is 1 minus the larger one-sided p of the better reading against both others.
    """
    keep = np.array([h is not None for h in homes], dtype=bool) & np.isfinite(lon) & np.isfinite(lat)
    x, y, where = lon[keep], lat[keep], homes[keep]
    n = int(keep.sum())
    if not n:
        return Shift(Verdict.UNCLEAR, 0.0, 0, np.nan, np.nan, np.nan, np.nan, np.nan)
    readings = ((x, y), wgs84_to_gcj02(x, y), gcj02_to_wgs84(x, y))
    fits = [np.asarray(shapely.intersects_xy(where, *r), dtype=bool) for r in readings]
    best = int(np.argmax([f.sum() for f in fits]))
    p = max(_sign_p(fits[best], fits[k]) for k in range(3) if k != best)
    verdict = (Verdict.NONE, Verdict.GCJ02, Verdict.REVERSE)[best]
    add_east, add_north = offset_deg(x, y)
    scale = np.radians(1.0) * EARTH_RADIUS_M
    like = float(np.median(add_east * np.cos(np.radians(y))) * scale), float(np.median(add_north) * scale)
    is_sure = 1.0 - p >= _SURE
    return Shift(verdict if is_sure else Verdict.UNCLEAR, 1.0 - p, n, np.nan, np.nan, np.nan, *like)


def _sign_p(better: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    won, lost = int((better & ~other).sum()), int((other & ~better).sum())
    return float(binomtest(won, won + lost, alternative="greater").pvalue) if won + lost else 1.0
