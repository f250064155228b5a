"""Section part of the report: the ways to draw a zone side by side, with curve, rules and gap.

Pipeline: takes the story in one language and returns safe HTML.
"""

from __future__ import annotations

from fireline.bulletins.figures_zones import WayPoint, letters, zone_curve
from fireline.pipeline.report.parts import Markup, element, figure, listing, table
from fireline.pipeline.report.sections import Story
from fireline.pipeline.zoning.model import Option
from fireline.pipeline.zoning.words import DEFAULT_WORDS, MODELLED, name_of


def ways(s: Story) -> Markup:
    """Candidates with their figures, the curve, and what was assumed; nothing where none was made."""
    t, study = s.t, s.results.zoning
    if not study.is_drawn:
        return Markup("")
    rows = [_row(letter, o, s) for letter, o in zip(letters(len(study.options)), study.options, strict=True)]
    heads = (
        t.say("划法", "Way"), t.say("封控人口", "Sealed"), t.say("管控人口", "Managed"),
        t.say("户数", "Households"), t.say("卡口", "Gates"), t.say("人员", "Staff"),
        t.say("加权人日", "Weighted person-days"),
        t.say("模型覆盖率（5%–95%）", "Modelled coverage (5–95 %)"),
        t.say("最优间隙", "Proven gap"), t.say("规则", "Rules"),
    )  # fmt: skip
    caption = t.say(
        "各种划法对照；每种都按同一方法计数", "Ways to draw it, each counted by the same function"
    )
    drawn = zone_curve(
        [way_point(o, t.code) for o in study.options if o.figures.coverage is not None],
        [(p.weighted_person_days, p.coverage, p.low, p.high) for p in study.curve],
        lang=t.code,
        width=720,
        figure_id=f"zone-curve-{t.code}",
    )
    said = t.say("曲线：阈值法在各覆盖率下的代价", "Curve: what each coverage costs by the threshold rule")
    return Markup(
        element("p", f"{t.words(DEFAULT_WORDS)} {t.words(MODELLED)}")
        + element("p", _rules(s))
        + table(heads, rows, caption=caption, numeric=tuple(range(1, 9)))
        + figure(drawn, said)
        + listing(t.words(n) for n in study.notes)
    )


def way_point(option: Option, lang: str) -> WayPoint:
    """One candidate as a mark of the curve."""
    f = option.figures
    mean = f.coverage or 0.0
    low, high = (mean if v is None else v for v in (option.low, option.high))
    return WayPoint(f.name, name_of(f.name).get(lang), f.weighted_person_days, mean, low, high)


def _rules(s: Story) -> str:
    """Which rules allow the levels, and how large a sealed unit may be; said once for all candidates."""
    t, question = s.t, s.results.zoning.question
    limits = question.limits if question is not None else None
    if limits is None:
        return ""
    said = [
        t.say(f"封控依据 {limits.sealed_rule}", f"sealing by {limits.sealed_rule}")
        if limits.may_seal
        else t.say("没有规则允许封控", "no rule allows sealing"),
        t.say(f"管控依据 {limits.managed_rule}", f"a managed area by {limits.managed_rule}")
        if limits.may_manage
        else t.say("没有规则允许管控", "no rule allows a managed area"),
    ]
    if limits.unit_rule:
        said.append(t.say(f"单元大小依据 {limits.unit_rule}", f"size of units by {limits.unit_rule}"))
    return t.say("，", ", ").join(said) + t.say("。", ".")


def _row(letter: str, o: Option, s: Story) -> tuple[object, ...]:
    t, f = s.t, o.figures
    share = "–" if f.coverage is None else f"{f.coverage:.0%} ({o.low:.0%}–{o.high:.0%})"
    allowed = t.say("允许", "allowed")
    if not f.is_allowed:
        allowed = t.say("规则不允许", "not allowed")
    elif f.needs_reason:
        allowed += t.say(
            f"；{len(f.larger_units)} 个单元须签字说明", f"; {len(f.larger_units)} units need a signed reason"
        )
    return (
        f"{letter} {t.words(name_of(f.name))}",
        t.number(round(f.sealed_people)),
        t.number(round(f.managed_people)),
        t.number(round(f.sealed_households + f.managed_households)),
        t.number(f.gates),
        t.number(round(f.staff)),
        t.number(f.weighted_person_days),
        share,
        "–" if o.candidate.gap is None else f"{o.candidate.gap:.1%}",
        allowed,
    )
