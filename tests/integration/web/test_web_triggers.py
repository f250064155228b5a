"""Pages of triggers and assessments: for whom they are, what they say, how a verdict and two signatures are given."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from html import unescape

import pytest
from tests.factories import people, worlds
from tests.factories.triggers import evidence, points, ruled, trigger

from fireline.store.models import (
    Area,
    AssessmentDissent,
    AssessmentSignature,
    AuditEvent,
    Outbreak,
    RiskAssessment,
    Signal,
    Task,
    Trigger,
)

EVERYONE, WRITERS = ("alice", "bob", "dora", "sam"), ("alice", "dora")
CALIBRATION = {
    "stream": ["fever_clinic", "laboratory"],
    "first": [date(2022, 3, 1)] * 2,
    "last": [date(2022, 6, 1)] * 2,
    "n": [180, 90],
    "distance": [0.018, 0.03],
    "nominal": [0.05, 0.05],
    "observed": [0.0525, 0.06],
}
STREAM_DAYS = {
    "stream": ["fever_clinic", "antipyretic_sales", "calls"],
    "area_code": [people.TOWN_A, people.TOWN_B, people.TOWN_A],
    "first": [date(2022, 1, 1)] * 3,
    "last": [date(2022, 6, 10), date(2022, 6, 6), date(2022, 6, 11)],
    "due": [date(2022, 6, 10), date(2022, 6, 10), date(2022, 6, 11)],
    "late_days": [0, 4, 0],
    "state": ["ok", "late", "shifted"],
    "is_described": [True] * 3,
}
JUDGED = {
    "likelihood": "likely",
    "impact": "moderate",
    "confidence": "medium",
    "grounds": "三家门诊电话核实。",
    "after": "0",
}


def tables():
    import polars as pl

    return {"signal_calibration": pl.DataFrame(CALIBRATION), "stream_days": pl.DataFrame(STREAM_DAYS)}


@pytest.fixture
def early(db, dora, home, now):
    """An outbreak with an event of two streams (a day of one missing) and one of a rule, and the streams' state."""
    two = (evidence(points=points(missing=(6,))), evidence("antipyretic_sales", weight=-0.5))
    seen = (trigger(evidence=two), ruled("T2"))
    return worlds.loaded(by=dora, at=now, home=home, triggers=seen, tables=tables())


def page(client, early, path="", **values):
    address = f"/o/{early}/signals{path}"
    return client.post(address, values) if values else client.get(address)


def text_of(answer):
    return answer.content.decode()


def words_of(html):
    """What a reader sees of a page, without names of people and codes set in their own type."""
    body = html.split("<main", 1)[1].split("</main>")[0]
    body = re.sub(r"<(script|style|svg)[^>]*>.*?</\1>", " ", body, flags=re.S)
    body = re.sub(r'<span class="[^"]*mono[^"]*">[^<]*</span>', " ", body)
    return unescape(re.sub(r"<[^>]+>", " ", body))


# ---- for whom


@pytest.mark.parametrize("path", ["", "?view=all", "?view=alarms", "/triggers/T1", "/triggers/T2"])
def test_pages_are_open_to_their_roles_and_area_only(clients, early, path):
    for who in EVERYONE:
        assert page(clients(who), early, path).status_code == 200, who
    answer = page(clients("charlie"), early, path)
    assert answer.status_code == 403 and not re.search(r"\bT1\b", text_of(answer))  # a key may hold it


def test_changes_are_refused_to_other_roles_and_areas(clients, early):
    page(clients("dora"), early, "/triggers/T1/assessments", **JUDGED)
    posts = {
        "/triggers/T1": {"verdict": "verified", "version": "1"},
        "/triggers/T1/assessments": JUDGED,
        "/triggers/T1/assessments/1/countersign": {"x": "1"},
        "/triggers/T1/assessments/1/dissent": {"text": "no"},
    }
    for path, values in posts.items():
        for who in ("bob", "sam", "charlie"):
            assert page(clients(who), early, path, **values).status_code == 403, (who, path)
    assert Trigger.objects.get(trigger_id="T1").state == "new"
    assert RiskAssessment.objects.count() == 1 and not AssessmentDissent.objects.exists()
    for path in posts:
        if path != "/triggers/T1":
            assert page(clients("dora"), early, path).status_code == 405


def test_a_refusal_is_in_the_audit_record(clients, early):
    page(clients("bob"), early, "/triggers/T1", verdict="verified")
    assert AuditEvent.objects.filter(action="access.refused", actor="bob").exists()


def test_a_township_sees_its_own_and_no_buttons(clients, home, dora, now):
    there = trigger("T3", areas=(people.TOWN_B,), touched=(people.TOWN_B,))
    pk = worlds.loaded(by=dora, at=now, home=home, triggers=(trigger(), there), tables=tables())
    bob = clients("bob")
    text = text_of(bob.get(f"/o/{pk}/signals?view=all"))
    assert "triggers/T1" in text and "triggers/T3" not in text
    assert "退热药" not in words_of(text).split("今天谁没有报")[1], "the late stream is of another township"
    assert bob.get(f"/o/{pk}/signals/triggers/T3").status_code == 403
    one = text_of(bob.get(f"/o/{pk}/signals/triggers/T1"))
    assert 'name="verdict"' not in one and 'name="likelihood"' not in one


# ---- the list


def test_triggers_stand_first_and_the_gravest_before_all(clients, early):
    text = text_of(page(clients("dora"), early))
    assert re.findall(r"/signals/triggers/(T\d)\"", text) == ["T1", "T2"]
    assert text.count('class="fl-fig fl-spark"') == 1, (
        "a stream that speaks against it is not drawn in the list"
    )
    assert 'aria-label="发热门诊就诊，05-14 至 06-10：最新 14，阈值 11，超过阈值 3 天，未报 1 天"' in text
    said = words_of(text)
    assert "槐店镇" in said and people.TOWN_A not in said
    assert "2022-06-08" in said and "0.05" in said
    assert re.search(r"2022-06-11 02:00\s+逾期 1 天 12 小时", said)


def test_tabs_and_chips_live_in_the_address(clients, early):
    dora = clients("dora")
    text = text_of(page(dora, early))
    assert re.findall(r'class="count">(\d+)<', text)[:3] == ["2", "2", "1"]
    assert re.findall(r'class="chip-n">(\d+)<', text) == ["2", "1", "1", "0", "0"]
    assert "triggers/T2" not in text_of(page(dora, early, "?view=mine&level=high"))
    Trigger.objects.filter(trigger_id="T2").update(
        state="verified", decided_at="2022-06-12T06:00Z", decided_by="dora"
    )
    every = text_of(page(dora, early, "?view=all&state=verified"))
    assert re.findall(r"/signals/triggers/(T\d)\"", every) == ["T2"]
    assert re.findall(r'aria-current="true">([^<]+)', every.split("状态")[1])[0].strip() == "已核实"
    assert page(dora, early, "?view=all&state=nonsense&level=x&page=99").status_code == 200


def test_without_a_trigger_the_alarms_of_single_streams_open(dora_client, outbreak):
    text = text_of(dora_client.get(f"/o/{outbreak}/signals"))
    assert re.findall(r"/signals/(S\d)\"", text) == ["S2", "S1", "S0"]
    blank = words_of(text_of(dora_client.get(f"/o/{outbreak}/signals?view=mine")))
    assert "没有待您处理的触发预警" in blank and "查看单流报警（3）" in blank
    assert "没有触发预警" in words_of(text_of(dora_client.get(f"/o/{outbreak}/signals?view=all")))


def test_alarms_of_a_trigger_are_not_counted_twice(clients, early):
    dora = clients("dora")
    text = text_of(page(dora, early, "?view=alarms&level=all"))
    assert re.findall(r"/signals/(S\d)\"", text) == ["S0"]
    parts = text_of(page(dora, early, "?view=alarms&level=all&part=1"))
    assert set(re.findall(r"/signals/(S\d)\"", parts)) == {"S1", "S2"}
    assert "/signals/triggers/T1" in text_of(page(dora, early, "/S1"))
    assert "triggers/" not in text_of(page(dora, early, "/S0"))


def test_what_waits_differs_by_role(clients, early):
    one = {"version": "0", "reason": "x", "within_h": "2", "to": ""}
    page(clients("dora"), early, "/triggers/T1", verdict="escalated", **one)
    page(clients("dora"), early, "/triggers/T2", verdict="verified", **one)

    def mine(who):
        return re.findall(r"/signals/triggers/(T\d)\"", text_of(page(clients(who), early)))

    assert mine("alice") == ["T1"], "handed up to whichever commander takes it"
    assert mine("dora") == ["T2"], "verified, and still to be assessed"
    page(clients("dora"), early, "/triggers/T2/assessments", **JUDGED)
    assert mine("dora") == [] and mine("alice") == ["T1", "T2"], "a signature waits for the commander"


def test_streams_that_have_not_reported_are_named(clients, early):
    said = words_of(text_of(page(clients("dora"), early))).split("今天谁没有报")[1]
    assert "1 / 3" in said and "退热药销售" in said and "4 天" in said and "迟报" in said
    assert "另有 1 路有提示" in said


def test_all_reported_and_nothing_to_report_are_said(clients, dora_client, early):
    from fireline.store.models import ResultTable

    table = ResultTable.objects.get(name="stream_days")
    table.rows = [row for row in table.rows if row[6] != "late"]
    table.save()
    assert "应到的数据都已到" in text_of(page(clients("dora"), early))
    table.delete()
    assert "没有监测数据流" in text_of(page(clients("dora"), early))


def test_areas_are_on_the_map_and_in_the_table(clients, early):
    square = '{"type": "Polygon", "coordinates": [[[115, 33], [115.1, 33], [115.1, 33.1], [115, 33]]]}'
    Area.objects.filter(area_code=people.TOWN_A).update(geometry=square)
    text = text_of(page(clients("dora"), early))
    data = json.loads(re.search(r'<script id="trigger-map-data"[^>]*>(.*?)</script>', text).group(1))
    alarm = data["features"][-1]["properties"]
    assert (alarm["kind"], alarm["id"], alarm["level"], alarm["glyph"], alarm["name"]) == (
        "alarm", people.TOWN_A, "high", "⬣Ⅰ", "槐店镇",
    )  # fmt: skip
    assert 'data-map-row="trigger-map" data-id="CN-411624101"' in text
    Area.objects.update(geometry="")
    assert "表格与地图内容相同" in text_of(page(clients("dora"), early))


def test_the_board_shows_triggers_first(clients, early):
    text = text_of(clients("dora").get(f"/o/{early}/board"))
    panel = text.split('id="signals-h"')[1].split("</section>")[0]
    assert re.findall(r"/signals/triggers/(T\d)", panel) == ["T1", "T2"]
    assert "发热门诊就诊" in panel and "逾期 1 天 12 小时" in panel
    assert "查看单流报警（1）" in panel


def test_lists_and_pages_ask_the_database_few_questions(
    clients, dora, home, now, django_assert_max_num_queries
):
    pk = worlds.loaded(
        by=dora, at=now, home=home, triggers=[trigger(f"T{i}") for i in range(30)], tables=tables()
    )
    client = clients("dora")
    for path, most in (("signals", 30), ("board", 48), ("signals/triggers/T1", 34)):
        client.get(f"/o/{pk}/{path}")
        with django_assert_max_num_queries(most):
            client.get(f"/o/{pk}/{path}")


# ---- one trigger


def test_a_trigger_says_why_how_sure_and_what_would_make_it_false(clients, early):
    text = text_of(page(clients("dora"), early, "/triggers/T1"))
    said = words_of(text)
    assert text.index('name="verdict"') < text.index('id="why-h"'), "the verdict stands first"
    assert "槐店镇 多数据源升高" in said
    for part in (
        "97%",
        "< 0.0001",
        "约每 1.7 年 1 次",
        "2022-06-04",
        "呼吸道疾病 92%",
        "如有补报",
        "如有促销",
    ):
        assert part in said, part
    assert "r/signal_verify" not in said.split("为什么")[0]


def test_every_stream_has_its_picture_and_its_table(clients, early):
    text = text_of(page(clients("dora"), early, "/triggers/T1"))
    assert text.count('class="fl-fig" role="group"') == 2
    ids = re.findall(r'id="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "ids are unique in the page"
    one = text.split('id="e0-table"')[1].split("</table>")[0]
    assert one.count("<tr>") == 1 + 28 and one.count("▲") == 3 and "未上报" in one
    assert "有力支持" in text and "不支持" in text
    assert "去掉这一路" in text.split('id="e0-h"')[1].split("</article>")[0]
    assert "去掉这一路" not in text.split('id="e1-h"')[1].split("</article>")[0]


def test_calibration_history_alarms_and_similar_stand_on_the_page(clients, dora, home, now):
    from fireline.actions import triggers as actions

    older = trigger("OLD", raised=date(2022, 4, 20), until=date(2022, 4, 21), first_day=date(2022, 4, 19))
    oldest = trigger("OLDEST", raised=date(2022, 1, 2), until=date(2022, 1, 3))
    pk = worlds.loaded(by=dora, at=now, home=home, triggers=(trigger(), older, oldest), tables=tables())
    actions.discard(by=dora, at=now, outbreak=pk, trigger_id="OLD", reason="批量补报")
    said = words_of(text_of(clients("dora").get(f"/o/{pk}/signals/triggers/T1")))
    similar = said.split("近 90 天同地区的触发")[1]
    assert "批量补报" in similar and "已排除" in similar and "2022-01-02" not in similar
    assert "5.2%" in said and "180" in said and "0.018" in said
    assert re.search(r"系统 +发出触发预警 · 一级", said)


def test_a_rule_has_no_streams_and_says_its_rule(clients, early):
    text = text_of(page(clients("dora"), early, "/triggers/T2"))
    assert 'id="evidence-h"' not in text and "r/threshold" in text and "规则阈值" in text


def test_verified_in_one_press(clients, early):
    answer = page(clients("dora"), early, "/triggers/T1", verdict="verified", version="0", reason="")
    assert answer.status_code == 302 and answer["Location"].endswith("/signals/triggers/T1")
    assert Trigger.objects.get(trigger_id="T1").state == "verified"
    text = text_of(page(clients("dora"), early, "/triggers/T1"))
    assert 'value="verified"' not in text and 'value="discarded"' in text
    assert (
        "<details" in text.split('id="assessment"')[1]
        and " open>" in text.split('id="assessment"')[1].split("</section>")[0]
    )
    assert AuditEvent.objects.filter(action="trigger.verified", actor="dora").count() == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"verdict": "discarded", "reason": " "}, "需要理由"),
        ({"verdict": "observing", "reason": "x", "until": ""}, "请选择 2022-06-13 至 2022-07-12"),
        ({"verdict": "observing", "reason": "x", "until": "2031-01-01"}, "请选择 2022-06-13"),
        ({"verdict": "escalated", "reason": "x", "within_h": "3"}, "小时中选择"),
        ({"verdict": "escalated", "reason": "x", "within_h": "two"}, "小时中选择"),
        ({"verdict": "escalated", "reason": "x", "within_h": "2", "to": "bob"}, "指挥员"),
        ({"verdict": "silenced", "until": "soon"}, "无法处理"),
        ({"verdict": "dance"}, "无法处理"),
    ],
)
def test_a_fault_is_said_on_the_page_and_what_was_typed_stays(clients, early, values, said):
    answer = page(clients("dora"), early, "/triggers/T1", version="0", **values)
    text = text_of(answer)
    assert answer.status_code == 400 and said in text and "有 1 处问题" in text
    assert Trigger.objects.get(trigger_id="T1").state == "new"
    if values.get("reason", "").strip():
        assert f'value="{values["reason"]}"' in text


def test_somebody_was_faster(clients, early):
    page(clients("alice"), early, "/triggers/T1", verdict="discarded", reason="补报", version="0")
    answer = page(clients("dora"), early, "/triggers/T1", verdict="verified", version="0")
    assert answer.status_code == 409 and "已被他人修改" in text_of(answer)


def test_silence_seen_watch_and_escalation_from_the_page(clients, early):
    dora, _ = clients("dora"), clients("alice")
    for verdict, more in (
        ("seen", {"reason": "先打电话"}),
        ("silenced", {"until": "2022-06-15"}),
        ("unsilenced", {"until": ""}),
        ("observing", {"until": "2022-06-15", "reason": "只有一家"}),
        ("escalated", {"within_h": "6", "to": "alice", "reason": "三所学校"}),
    ):
        version = str(Trigger.objects.get(trigger_id="T1").version)
        assert (
            page(dora, early, "/triggers/T1", verdict=verdict, version=version, **more).status_code == 302
        ), verdict
    said = words_of(text_of(page(dora, early, "/triggers/T1")))
    for part in (
        "已查看",
        "先打电话",
        "静默 · 至 2022-06-15",
        "静默结束",
        "继续观察 · 至",
        "6 小时内，alice",
        "三所学校",
    ):
        assert part in said, part
    assert Task.objects.get(kind="signal_decide").assigned_to == "alice"


def test_a_dossier_is_opened_from_the_page_of_routine_surveillance(clients, early):
    dora = clients("dora")
    assert 'value="dossier"' not in text_of(page(dora, early, "/triggers/T1"))
    Outbreak.objects.filter(pk=early).update(kind="routine")
    page(dora, early, "/triggers/T1", verdict="verified", version="0")
    answer = page(
        dora, early, "/triggers/T1", verdict="dossier", version="1", title="槐店镇发热", disease="influenza"
    )
    made = Outbreak.objects.get(title="槐店镇发热")
    assert answer["Location"] == f"/o/{made.pk}/board"
    assert f"/o/{made.pk}/board" in text_of(page(dora, early, "/triggers/T1"))
    Trigger.objects.update(dossier=None)
    assert 'value="dossier"' in text_of(page(dora, early, "/triggers/T1"))
    assert 'value="dossier"' not in text_of(page(clients("alice"), early, "/triggers/T1"))


def test_a_task_leads_to_its_trigger(clients, early):
    text = text_of(clients("dora").get(f"/o/{early}/tasks?state=all"))
    assert f'href="/o/{early}/signals/triggers/T1"' in text


# ---- the assessment


def test_two_people_sign_and_the_page_can_be_printed(clients, early):
    answer = page(clients("dora"), early, "/triggers/T1/assessments", **JUDGED)
    assert answer.status_code == 302
    path = "/triggers/T1/assessments/1"
    mine = text_of(page(clients("dora"), early, path))
    assert "countersign" not in mine.split('class="actions')[0] and 'action="' in mine
    assert f'{path}/countersign"' not in mine, "nobody countersigns the own statement"
    theirs = text_of(page(clients("alice"), early, path))
    assert f'{path}/countersign"' in theirs and "data-print" in theirs
    assert page(clients("alice"), early, f"{path}/countersign", x="1").status_code == 302
    said = words_of(text_of(page(clients("sam"), early, path)))
    for part in (
        "风险中",
        "签署：Dora（cdc）",
        "会签：Alice（headquarters）",
        "三家门诊电话核实。",
        "与签署时一致",
    ):
        assert part in said, part
    assert AssessmentSignature.objects.get().by == "alice"


def test_self_countersigning_and_a_second_time_are_refused(clients, early):
    page(clients("dora"), early, "/triggers/T1/assessments", **JUDGED)
    path = "/triggers/T1/assessments/1/countersign"
    assert page(clients("dora"), early, path, x="1").status_code == 403
    assert page(clients("alice"), early, path, x="1").status_code == 302
    assert page(clients("alice"), early, path, x="1").status_code == 409


def test_a_form_with_faults_comes_back_as_it_was_typed(clients, early):
    wrong = JUDGED | {"likelihood": "", "level": "high", "grounds": "电话核实<b>"}
    answer = page(clients("dora"), early, "/triggers/T1/assessments", **wrong)
    text = text_of(answer)
    assert answer.status_code == 400 and "可能性：请从清单中选择" in text
    assert "电话核实&lt;b&gt;" in text and '<option value="moderate" selected>' in text
    assert 'href="#grounds"' in text
    assert not RiskAssessment.objects.exists()


def test_an_overridden_level_is_said_with_its_reason(clients, early):
    page(
        clients("dora"), early, "/triggers/T1/assessments", **JUDGED, level="high", override_reason="两例死亡"
    )
    said = words_of(text_of(page(clients("dora"), early, "/triggers/T1")))
    assert "矩阵得出“中”，改为“高”：两例死亡" in said and "风险高" in said


def test_dissent_and_older_versions_stay_to_be_read(clients, early):
    page(clients("dora"), early, "/triggers/T1/assessments", **JUDGED)
    path = "/triggers/T1/assessments/1"
    assert page(clients("alice"), early, f"{path}/dissent", text=" ").status_code == 400
    assert page(clients("alice"), early, f"{path}/dissent", text="影响应为较大").status_code == 302
    page(clients("dora"), early, "/triggers/T1/assessments", **(JUDGED | {"after": "1", "impact": "major"}))
    old = words_of(text_of(page(clients("dora"), early, path)))
    assert "影响应为较大" in old and "已被第 2 版取代" in old
    assert f'{path}/countersign"' not in text_of(page(clients("alice"), early, path))
    assert "第 2 版" in words_of(text_of(page(clients("dora"), early, "/triggers/T1")))


def test_a_version_that_is_not_there_is_refused(clients, early):
    assert page(clients("dora"), early, "/triggers/T1/assessments/1").status_code == 403
    assert page(clients("dora"), early, "/triggers/T9").status_code == 403


# ---- both languages


def every_page(clients, early):
    page(clients("dora"), early, "/triggers/T1/assessments", **JUDGED)
    return [
        "",
        "?view=all",
        "?view=alarms&level=all",
        "/triggers/T1",
        "/triggers/T2",
        "/triggers/T1/assessments/1",
        "/S0",
    ]


def test_no_english_sentence_stands_on_a_chinese_page(clients, early):
    wrong = {}
    for path in every_page(clients, early):
        said = words_of(text_of(page(clients("dora"), early, path)))
        found = re.findall(r"[A-Za-z]{3,}(?:[ ,;:]+[a-z]{2,}){2,}", said)
        if found:
            wrong[path] = found
    assert wrong == {}


def test_no_chinese_sentence_stands_on_an_english_page(clients, early):
    clients("dora").post("/language", {"language": "en", "next": "/"})
    names = {"槐店镇", "刘庄店镇", "沈丘县", "沈丘县疫情", "中文", "三家门诊电话核实。", "超过上限"}
    wrong = {}
    for path in every_page(clients, early):
        said = words_of(text_of(page(clients("dora"), early, path)))
        found = set(re.findall(r"[㐀-鿿，。：]{2,}", said)) - names
        if found:
            wrong[path] = found
    assert wrong == {}


def test_hostile_texts_stay_text(clients, early):
    nasty = "<script>alert(1)</script>"
    page(
        clients("dora"),
        early,
        "/triggers/T1",
        verdict="observing",
        until="2022-06-15",
        reason=nasty,
        version="0",
    )
    page(clients("dora"), early, "/triggers/T1/assessments", **(JUDGED | {"grounds": nasty}))
    page(clients("alice"), early, "/triggers/T1/assessments/1/dissent", text=nasty)
    Signal.objects.update(why_zh=nasty)
    Trigger.objects.update(why_zh=nasty, false_if=[[nasty, nasty]])
    for path in every_page(clients, early)[:6]:
        assert nasty not in text_of(page(clients("dora"), early, path)), path


def test_an_old_look_back_counts_by_its_own_clock(clients, early, now):
    """A countdown of an outbreak of today is read at the request; that of an exercise at its data."""
    Outbreak.objects.update(label_zh="", label_en="")
    late = words_of(text_of(page(clients("dora"), early)))
    assert "逾期 1 天 12 小时" not in late and re.search(r"逾期 \d{3,} 天", late)
    Outbreak.objects.update(is_exercise=True, at=now - timedelta(hours=36))
    assert "还剩 0 分钟" in words_of(text_of(page(clients("dora"), early)))


# ---- clusters in space and time


def clusters(**more):
    """The table of clusters: one that is unusual and one that is only the most likely."""
    import polars as pl

    from fireline.signals.tables import CLUSTERS

    one = dict.fromkeys(CLUSTERS) | {
        "cluster_id": "C1", "stream": "fever_clinic", "areas": [people.TOWN_A, people.TOWN_B],
        "first_day": date(2022, 6, 9), "last_day": date(2022, 6, 12), "observed": 43.0, "expected": 23.8,
        "p": 0.004, "recurrence_d": 250.0, "is_unusual": True,
        "why_zh": f"{people.TOWN_A} 等 2 个地区高于预期", "why_en": f"{people.TOWN_A} and 1 more were high",
    }  # fmt: skip
    other = one | {"cluster_id": "C2", "stream": "antipyretic_sales", "p": 0.6, "is_unusual": False}
    return {"clusters": pl.DataFrame([one | more, other], schema=CLUSTERS)}


def test_clusters_stand_on_the_page_with_areas_chance_and_words(clients, dora, home, now):
    pk = worlds.loaded(by=dora, at=now, home=home, triggers=[trigger("T1")], tables=clusters())
    said = words_of(text_of(clients("dora").get(f"/o/{pk}/signals?view=all")))
    part = said[said.index("时空聚集") :]
    for piece in ("已扫描 2 路数据", "槐店镇", "2022-06-09", "43", "23.8", "0.004", "250 天", "高于预期"):
        assert piece in part, piece
    assert people.TOWN_A not in part and "0.6" not in part.split("谁")[0][:200]


def test_without_an_unusual_cluster_the_page_says_so(clients, dora, home, now):
    quiet = clusters(is_unusual=False, p=0.3)
    pk = worlds.loaded(by=dora, at=now, home=home, triggers=[trigger("T1")], tables=quiet)
    assert "没有异常聚集" in text_of(clients("dora").get(f"/o/{pk}/signals"))
    bare = worlds.loaded(by=dora, at=now, home=home, triggers=[trigger("T1")])
    assert "时空聚集" not in text_of(clients("dora").get(f"/o/{bare}/signals"))


def test_clusters_of_other_areas_are_not_shown(clients, dora, home, now):
    far = clusters(areas=[people.TOWN_B])
    pk = worlds.loaded(by=dora, at=now, home=home, triggers=[trigger("T1")], tables=far)
    text = text_of(clients("bob").get(f"/o/{pk}/signals?view=all"))
    assert "0.004" not in text
