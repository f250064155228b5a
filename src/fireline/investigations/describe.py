"""Describe an outbreak by time, place and person: the first hour's work of an investigation.

Chapter 6: reads records and signals' cases, is read by contacts, tasks, oversight, bulletins and the faces.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import polars as pl

from fireline.investigations import attack, curve, line_list, trajectory
from fireline.investigations.define import NOT_A_CASE, UNKNOWN, classify
from fireline.investigations.model import ILL, Definition, Investigation
from fireline.policy import At
from fireline.policy.model import Profile
from fireline.records.model import Records
from fireline.words import Words


def describe(
    records: Records,
    rules: At,
    *,
    at: datetime,
    definition: Definition | None = None,
    step: str | None = None,
) -> Investigation:
    """Line list, curve, trajectories, attack rates and delays of one outbreak.

    Parameters
    ----------
    records : cleaned tables
    rules : the rules in force (area, day and disease bound)
    at : aware datetime, UTC; the moment described
    definition : classify the cases anew under this version; None keeps the source's classes
    step : step of the curve ("1h", "3h", "1d", "1w"); None chooses by incubation and precision

    Returns
    -------
    Investigation   every table sorted; what the data do not hold stands in ``notes``

    Raises
    ------
    InputError   the step does not exist, or the definition names an unknown class
    """
    lines, notes = _lines(records, definition)
    profile = rules.profile
    notes += line_list.completeness(lines)
    main = _curve(lines, records, profile=profile, step=step)
    notes.extend(main.notes)
    window, said = trajectory.windows(
        lines, lookback=rules.find("contact.lookback", "close"), profile=profile, at=at
    )
    notes.extend(said)
    stays = trajectory.trajectories(records, lines, window)
    holes = trajectory.gaps(stays)
    if lines.height and stays.is_empty():
        notes.append(
            Words(zh="没有任何病例的行程记录。", en="There are no stays of any case: no trajectories.")
        )
    elif stays.height and stays.filter(pl.col("precision") != "day").is_empty():
        notes.append(
            Words(
                zh="行程只有日期：钟点、停留时长无法计算。",
                en="Stays are dates only: hours and lengths of stay are not computable.",
            )
        )
    ill = _ill(lines)
    rates, missing = _rates(records, lines, ill)
    notes += missing
    reported = _by_report(lines, records)
    times = line_list.delays(lines, tz=records.tz)
    found_symptoms = line_list.symptom_table(records, ill)
    summary = _summary(lines, main=main, stays=stays, times=times, rates=rates, definition=definition)
    return Investigation(
        line_list=lines,
        curve=main.table,
        curve_by_report=reported,
        trajectories=stays,
        gaps=holes,
        windows=window,
        attack=rates["attack"],
        doses=rates["doses"],
        groups=rates["groups"],
        symptoms=found_symptoms,
        delays=times,
        summary=summary,
        notes=tuple(notes),
    )


def _lines(records: Records, definition: Definition | None) -> tuple[pl.DataFrame, list[Words]]:
    lines = line_list.line_list(records)
    if definition is None:
        return lines, []
    classes = classify(records, lines, definition)
    renamed = classes.select(
        "case_id",
        pl.col("classification").replace({NOT_A_CASE: "discarded", UNKNOWN: "unclassified"}).alias("_class"),
    )
    n_open = classes.filter(pl.col("classification") == UNKNOWN).height
    notes = [
        Words(
            zh=f"按病例定义{definition.id}第{definition.version}版重新分类。",
            en=f"Classified anew under case definition {definition.id}, version {definition.version}.",
        )
    ]
    if n_open:
        notes.append(
            Words(
                zh=f"{n_open}例资料不足，按该定义无法分类。",
                en=f"{n_open} cases cannot be classified under it: facts are missing.",
            )
        )
    joined = lines.join(renamed, on="case_id", how="left", maintain_order="left")
    return joined.with_columns(pl.col("_class").alias("classification")).drop("_class"), notes


def _ill(lines: pl.DataFrame) -> list[str]:
    ill = lines.filter(pl.col("classification").is_in(ILL))["person_key"]
    return sorted(set(ill.drop_nulls().to_list()))


def _curve(
    lines: pl.DataFrame, records: Records, *, profile: Profile | None, step: str | None
) -> curve.Curve:
    """The curve by onset; by sampling or report where nobody has an onset."""
    cases = lines.filter(pl.col("classification") != "discarded")
    basis = "onset"
    for column in ("onset", "sampled_at", "reported_at"):
        if column in cases.columns and cases[column].null_count() < cases.height:
            basis = column
            break
    incubation = profile.incubation_days[1] if profile and profile.incubation_days else None
    found = curve.count_curve(
        cases,
        tz=records.tz,
        column=basis,
        step=step,
        incubation_days=incubation if basis == "onset" else None,
    )
    if basis == "onset" or found.n_placed == 0:
        return found
    zh, en = {"sampled_at": ("采样", "sampling"), "reported_at": ("报告", "report")}[basis]
    note = Words(
        zh=f"没有发病时间，流行曲线按{zh}时间绘制。", en=f"No onset times: the curve is by time of {en}."
    )
    return curve.Curve(
        found.table, found.step, found.n_placed, found.n_undated, found.n_dates_only, (*found.notes, note)
    )


def _by_report(lines: pl.DataFrame, records: Records) -> pl.DataFrame:
    cases = lines.filter(pl.col("classification") != "discarded")
    if "reported_at" not in cases.columns:
        nothing = pl.DataFrame(
            schema={"reported_at": pl.Datetime("us", "UTC"), "reported_at_precision": pl.String()}
        ).with_columns(pl.lit(None, dtype=pl.String).alias("classification"))
        return curve.count_curve(nothing, tz=records.tz, column="reported_at", step="1d").table
    return curve.count_curve(cases, tz=records.tz, column="reported_at", step="1d").table


def _rates(
    records: Records, lines: pl.DataFrame, ill: list[str]
) -> tuple[dict[str, pl.DataFrame], list[Words]]:
    """Attack rates wherever the data hold people who did not fall ill."""
    persons, exposures = records.table("persons"), records.table("exposures")
    people = attack.population(persons, exposures, ill)
    healthy = lines.filter(pl.col("classification").is_in(["discarded", "asymptomatic"]))[
        "person_key"
    ].to_list()
    tables = {
        "attack": pl.DataFrame(schema=attack.ATTACK_SCHEMA),
        "doses": pl.DataFrame(schema=attack.DOSE_SCHEMA),
        "groups": pl.DataFrame(schema=attack.GROUP_SCHEMA),
    }
    notes: list[Words] = []
    groups: list[pl.DataFrame] = []
    is_list = attack.has_denominators(people.filter(~pl.col("person_key").is_in(healthy)))
    if is_list:
        tables["attack"] = attack.attack_table(people, exposures)
        tables["doses"] = attack.dose_table(people, exposures)
        for column in ("group", "area_code", "sex", "occupation"):
            if persons[column].null_count() < persons.height:
                groups.append(attack.group_table(people, persons, by=column))
    elif lines.height:
        notes.append(
            Words(
                zh="名单中没有未发病的人：无法计算罹患率，请补充同班、同餐等未发病者。",
                en="Nobody on the list is well: attack rates are not computable; add those who are not ill.",
            )
        )
    by_population = _by_population(records, lines)
    if by_population.height:
        groups.append(by_population)
    if groups:
        tables["groups"] = pl.concat(groups)
    n_unknown = people.filter(pl.col("is_ill").is_null()).height
    if n_unknown:
        notes.append(
            Words(
                zh=f"{n_unknown}人是否发病不详，未计入任何罹患率。",
                en=f"For {n_unknown} people it is not known whether they are ill: they are in no rate.",
            )
        )
    return tables, notes


def _by_population(records: Records, lines: pl.DataFrame) -> pl.DataFrame:
    """Attack rate by area over the areas' stated populations."""
    areas = records.table("areas").filter(pl.col("population").fill_null(0) > 0)
    if areas.is_empty() or "area_code" not in lines.columns:
        return pl.DataFrame(schema=attack.GROUP_SCHEMA)
    ill = (
        lines.filter(pl.col("classification").is_in(ILL))
        .group_by("area_code")
        .agg(pl.col("person_key").n_unique().cast(pl.Int64).alias("ill"))
    )
    counted = (
        areas.unique("area_code", keep="first", maintain_order=True)
        .join(ill, on="area_code", how="inner")
        .select(
            pl.lit("area_population").alias("by"),
            pl.col("area_code").alias("group"),
            "ill",
            pl.col("population").cast(pl.Int64).alias("total"),
            pl.lit(0, dtype=pl.Int64).alias("unknown"),
        )
        .sort("group")
    )
    return attack.with_rates(counted)


def _summary(
    lines: pl.DataFrame,
    *,
    main: curve.Curve,
    stays: pl.DataFrame,
    times: pl.DataFrame,
    rates: dict[str, pl.DataFrame],
    definition: Definition | None,
) -> dict[str, Any]:
    """Plain values for headlines; each is None or 0 where the data do not hold it."""
    by_class = lines.group_by("classification").agg(pl.len()).sort("classification")
    top = curve.peak(main.table)
    onset = lines.filter(pl.col("classification") != "discarded")["onset"]
    report = times.filter((pl.col("from") == "onset") & (pl.col("to") == "reported_at"))
    return {
        "n_cases": lines.height,
        "n_by_class": {str(name): int(n) for name, n in by_class.iter_rows()},
        "n_with_onset": lines.height - lines["onset"].null_count(),
        "n_without_onset": lines["onset"].null_count(),
        "first_onset": onset.min(),
        "last_onset": onset.max(),
        "curve_step": main.step,
        "curve_basis": main.table["basis"][0] if main.table.height else None,
        "n_on_curve": main.n_placed,
        "n_undated": main.n_undated,
        "n_dates_only": main.n_dates_only,
        "peak_start": top[0] if top else None,
        "peak_count": top[1] if top else 0,
        "n_areas": lines["area_code"].n_unique() if "area_code" in lines.columns else 0,
        "n_stays": stays.height,
        "n_cases_with_stays": stays["case_id"].n_unique(),
        "onset_to_report_median_days": report["median_days"][0] if report.height else None,
        "n_exposure_items": rates["attack"].height,
        "definition": definition.id if definition else None,
        "definition_version": definition.version if definition else None,
    }
