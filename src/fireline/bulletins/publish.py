"""Make the public edition: counts by area and week and by age and sex, small numbers hidden, in plain words.

Chapter 11: reads records and the investigation; gives a document, publishes nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from fireline.bulletins.lint import lint_public_text
from fireline.bulletins.model import HIDDEN, Bulletin
from fireline.errors import UserError
from fireline.investigations.model import Investigation
from fireline.policy import At
from fireline.privacy.suppression import TOTAL, Published, suppress
from fireline.records.model import Records
from fireline.words import Words

DEFAULT_K = 10
UNKNOWN = "unknown"
AGE_BANDS = ((0, 5), (5, 15), (15, 30), (30, 45), (45, 60), (60, 75), (75, 200))
TABLES = {
    "area_week": Words("按地区和周", "By area and week"),
    "age_sex": Words("按年龄和性别", "By age and sex"),
}
"""What each table is called where people read it."""
_GRAND = (TOTAL, TOTAL)
_SCHEMA = {
    "row": pl.String(),
    "row_zh": pl.String(),
    "row_en": pl.String(),
    "column": pl.String(),
    "column_zh": pl.String(),
    "column_en": pl.String(),
    "shown": pl.String(),
    "count": pl.Int64(),
}


def publish(
    records: Records,
    investigation: Investigation,
    rules: At,
    *,
    at: datetime,
    k: int | None = None,
    earlier: Sequence[Bulletin] = (),
) -> Bulletin:
    """Make the tables and text of a public bulletin.

    Parameters
    ----------
    records : cleaned tables (areas for names, time zone)
    investigation : the description whose line list is counted; discarded cases are not counted
    rules : the rules in force; "disclosure / public" gives the threshold
    at : aware datetime; the day of the bulletin
    k : a threshold of one's own; the rule's (or the default of 10) is the least that is used
    earlier : bulletins already published, oldest first; differences between editions are protected too

    Returns
    -------
    Bulletin   tables "area_week" and "age_sex" where the data hold them. Both show the same grand total,
        which is never hidden to protect another count; where that makes a table unsafe it is left out.

    Raises
    ------
    UserError   the text would hold personal data (a place name that reads like an address, for instance)
    """
    used_k, rule_id, notes = _threshold(rules, k)
    cases = _cases(records, investigation)
    tables: dict[str, pl.DataFrame] = {}
    published: dict[str, Published] = {}
    for name, (row, column) in {"area_week": ("area", "week"), "age_sex": ("age", "sex")}.items():
        if row not in cases.columns or cases.is_empty():
            continue
        before = [b.published[name] for b in earlier if name in b.published]
        made = _suppressed(cases, row=row, column=column, k=used_k, earlier=before)
        # a hidden total protected by one table must not be bounded by a second one
        is_second = bool(published) and made.values[_GRAND] is None
        if is_second or not made.is_safe:
            notes.append(_left_out(name))
            continue
        published[name] = made
        tables[name] = _long(made, _names(records, row), _names(records, column))
        if not made.n_primary + made.n_complementary:
            continue
        said = TABLES[name]
        notes.append(
            Words(
                zh=f"{said.zh}：{made.n_primary}格因人数少隐去，另隐去{made.n_complementary}格以防相减推出。",
                en=f"{said.en}: {made.n_primary} counts hidden as small, {made.n_complementary} so that "
                "subtraction does not bring them back.",
            )
        )
    total = cases.height if _total_is_public(cases.height, used_k, published, earlier) else None
    text = _text(rules, records, published, at=at, total=total, k=used_k)
    for words in (text.zh, text.en):
        wrong = lint_public_text(words)
        if wrong:
            raise UserError(
                Words(
                    f"对外通报：正文中有 {'、'.join(sorted({f.kind for f in wrong}))}；"
                    "不得出现姓名、年龄、证件号、电话、住址；请核对地区名称和病种名称",
                    f"public bulletin: found {', '.join(sorted({f.kind for f in wrong}))} in the text; "
                    "allowed: "
                    "none of name, age, id number, phone, address; check the names of areas and of the "
                    "disease",
                )
            )
    return Bulletin(tables, text, rule_id, used_k, published, tuple(notes))


def _threshold(rules: At, k: int | None) -> tuple[int, str, list[Words]]:
    answer = rules.find("disclosure", "public")
    stated = int(answer.value["k"]) if answer.value and "k" in answer.value else None
    least = stated if stated is not None else DEFAULT_K
    used = max(least, k if k is not None else least, 2)
    rule_id = answer.rule_id if stated is not None else ""
    if stated is None:
        said = Words(
            zh=f"没有公开披露规则，按默认值{DEFAULT_K}隐去小数。",
            en=f"No rule on public disclosure: counts below the default of {DEFAULT_K} are hidden.",
        )
    else:
        said = Words(zh=f"按{rule_id}隐去小于{used}的数。", en=f"Counts below {used} are hidden ({rule_id}).")
    notes = [said]
    if k is not None and k < used:
        notes.append(
            Words(
                zh=f"要求的{k}低于规定，改用{used}。",
                en=f"The wanted {k} is below the least; {used} is used.",
            )
        )
    return used, rule_id, notes


def _left_out(name: str) -> Words:
    said = TABLES[name]
    return Words(
        zh=f"{said.zh}：隐去后仍可能被推算，整表不公布。",
        en=f"{said.en}: counts could still be worked out; the whole table is left out.",
    )


def _cases(records: Records, investigation: Investigation) -> pl.DataFrame:
    """One row per case that counts, with area, week, age band and sex ("unknown" where not known)."""
    lines = investigation.line_list.filter(pl.col("classification") != "discarded")
    dated = [c for c in ("onset", "sampled_at", "reported_at") if c in lines.columns]
    date = next((c for c in dated if lines[c].null_count() < lines.height), "onset")
    monday = pl.col(date).dt.convert_time_zone(records.tz.key).dt.date().dt.truncate("1w")
    columns = [
        monday.cast(pl.String).fill_null(UNKNOWN).alias("week"),
        (pl.col("area_code") if "area_code" in lines.columns else pl.lit(None, dtype=pl.String))
        .fill_null(UNKNOWN)
        .alias("area"),
    ]
    if {"age", "sex"} & set(lines.columns):
        columns.append(_band() if "age" in lines.columns else pl.lit(UNKNOWN).alias("age"))
        columns.append(
            (pl.col("sex") if "sex" in lines.columns else pl.lit(UNKNOWN)).fill_null(UNKNOWN).alias("sex")
        )
    return lines.select(columns)


def _band() -> pl.Expr:
    band = pl.lit(UNKNOWN)
    for low, high in reversed(AGE_BANDS):
        inside = (pl.col("age") >= low) & (pl.col("age") < high)
        band = pl.when(inside.fill_null(False)).then(pl.lit(_band_key(low, high))).otherwise(band)
    return band.alias("age")


def _band_key(low: int, high: int) -> str:
    return f"{low:03d}+" if high >= 200 else f"{low:03d}-{high - 1:03d}"


def _suppressed(
    cases: pl.DataFrame, *, row: str, column: str, k: int, earlier: Sequence[Published]
) -> Published:
    rows = sorted(cases[row].unique().to_list())
    columns = sorted(cases[column].unique().to_list())
    place = {v: i for i, v in enumerate(rows)}, {v: i for i, v in enumerate(columns)}
    counts = np.zeros((len(rows), len(columns)), np.int64)
    for r, c, n in cases.group_by(row, column).agg(pl.len()).iter_rows():
        counts[place[0][r], place[1][c]] = n
    return suppress(counts, rows=rows, columns=columns, k=k, earlier=earlier, keep={_GRAND})


def _names(records: Records, what: str) -> Mapping[str, Words]:
    if what == "area":
        areas = records.table("areas")
        return {str(c): Words(zh=n, en=n) for c, n in areas.select("area_code", "name").iter_rows() if n}
    if what == "sex":
        return {
            "male": Words(zh="男", en="male"),
            "female": Words(zh="女", en="female"),
            "other": Words(zh="其他", en="other"),
        }
    if what == "age":
        return {
            _band_key(a, b): Words(zh=f"{a}岁及以上", en=f"{a} and over")
            if b >= 200
            else Words(zh=f"{a}-{b - 1}岁", en=f"{a}-{b - 1}")
            for a, b in AGE_BANDS
        }
    return {}


def _long(made: Published, rows: Mapping[str, Words], columns: Mapping[str, Words]) -> pl.DataFrame:
    fixed = {TOTAL: Words(zh="合计", en="total"), UNKNOWN: Words(zh="不详", en="unknown")}

    def words(key: str, names: Mapping[str, Words]) -> Words:
        return fixed.get(key) or names.get(key) or Words(zh=key, en=key)

    found = [
        {
            "row": str(r),
            "row_zh": words(str(r), rows).zh,
            "row_en": words(str(r), rows).en,
            "column": str(c),
            "column_zh": words(str(c), columns).zh,
            "column_en": words(str(c), columns).en,
            "shown": HIDDEN if value is None else str(value),
            "count": value,
        }
        for (r, c), value in made.values.items()
    ]
    return pl.DataFrame(found, schema=_SCHEMA)


def _total_is_public(
    total: int, k: int, published: Mapping[str, Published], earlier: Sequence[Bulletin]
) -> bool:
    if published:
        return all(p.values[_GRAND] is not None for p in published.values())
    shown = [p.values[_GRAND] for b in earlier for p in b.published.values() if p.values[_GRAND] is not None]
    return (total == 0 or total >= k) and not (shown and 0 < abs(total - (shown[-1] or 0)) < k)


def _text(
    rules: At,
    records: Records,
    published: Mapping[str, Published],
    *,
    at: datetime,
    total: int | None,
    k: int,
) -> Words:
    """Plain sentences with nothing but shown counts."""
    day = at.astimezone(records.tz)
    profile = rules.profile
    name = (
        Words(zh=profile.name_zh, en=profile.name_en)
        if profile
        else Words(zh=rules.disease, en=rules.disease)
    )
    zh = [f"{day.year}年{day.month}月{day.day}日，{name.zh}疫情通报。"]
    en = [f"Bulletin on {name.en}, {day:%Y-%m-%d}."]
    label = rules.pack_label
    if label is not None:
        zh.insert(0, f"【{label[0]}】")
        en.insert(0, f"[{label[1]}]")
    if total is None:
        zh.append(f"目前病例数少于{k}例，或与上次通报相差很小，为保护隐私不公布具体数字。")
        en.append(
            f"There are fewer than {k} cases, or hardly more than last time. "
            "To protect people no number is given."
        )
    elif not records.has("cases"):  # nothing was said about cases, which is not the same as none
        zh.append("现有资料不含病例，不能据此说明有无病例。")
        en.append("The data at hand hold no cases; they do not say whether there are any.")
    else:
        zh.append(f"到目前为止，一共有{total}例。" if total else "目前没有病例。")
        en.append(f"So far there are {total} cases." if total else "There are no cases at present.")
    areas = _shown_areas(published.get("area_week"), _names(records, "area"))
    if areas:
        zh.append("各地人数：" + "，".join(f"{w.zh}{n}例" for w, n in areas) + "。")
        en.append("By area: " + ", ".join(f"{w.en} {n}" for w, n in areas) + ".")
    if any(v is None for p in published.values() for v in p.values.values()):
        zh.append(f"表中“{HIDDEN}”表示人数很少，为保护隐私不显示。")
        en.append(f"In the tables {HIDDEN} marks small numbers that are not shown, to protect people.")
    return Words(zh="".join(zh), en=" ".join(en))


def _shown_areas(made: Published | None, names: Mapping[str, Words]) -> list[tuple[Words, int]]:
    if made is None:
        return []
    rows = [
        (names.get(str(r), Words(zh=str(r), en=str(r))), n)
        for (r, c), n in made.values.items()
        if c == TOTAL and r not in (TOTAL, UNKNOWN) and n
    ]
    return sorted(rows, key=lambda p: (-p[1], p[0].zh))
