"""Names in both languages of the anchors, units, subjects and groups that the initial report speaks of.

Chapter 11: read by report.
"""

from __future__ import annotations

ANCHORS = {
    "onset": ("发病", "onset"),
    "rash_onset": ("出疹", "rash onset"),
    "onset_or_sampling": ("发病或采样", "onset or sampling"),
    "symptom_end": ("症状消失", "the end of symptoms"),
    "last_exposure": ("末次暴露", "last exposure"),
    "first_exposure": ("首次暴露", "first exposure"),
    "sampling": ("采样", "sampling"),
    "report": ("报告", "report"),
    "diagnosis": ("诊断", "diagnosis"),
    "treatment_start": ("开始治疗", "the start of treatment"),
    "arrival": ("到达", "arrival"),
    "last_case": ("末例", "the last case"),
}

UNITS = {
    "cdc": ("疾控中心", "centre for disease control"),
    "headquarters": ("指挥部", "headquarters"),
    "grid": ("网格", "grid"),
    "inspection": ("督查组", "inspection team"),
}
"""Units that Fireline's own accounts are of; others are named as people named them."""

SUBJECTS = {
    "case": ("病例", "cases"),
    "close": ("密切接触者", "close contacts"),
    "secondary": ("次密接", "contacts of contacts"),
    "general": ("一般接触者", "general contacts"),
    "case_report": ("病例报告", "case report"),
    "event_report": ("突发事件报告", "event report"),
    "prelim_report": ("初步流调报告", "preliminary report"),
    "trajectory": ("活动轨迹", "trajectory"),
    "detect": ("发现", "detection"),
    "notify": ("通报", "notification"),
    "respond": ("早期响应", "early response"),
    "phe_unit_to_county": ("单位报县级卫生部门", "unit to county health"),
    "phe_county_health_to_gov": ("县级卫生部门报县政府", "county health to county government"),
    "phe_county_to_city": ("县报市", "county to city"),
    "phe_city_to_province": ("市报省", "city to province"),
    "phe_province_to_state": ("省报国务院", "province to State Council"),
    "infectious_diarrhoea": ("感染性腹泻", "infectious diarrhoea"),
    "food_poisoning": ("食物中毒", "food poisoning"),
}

SEXES = {"male": "男", "female": "女", "other": "其他", "unknown": "不详"}

GROUPS = {
    "group": ("班级/部门", "class or group"),
    "area_code": ("地区（名单内人数）", "area (people listed)"),
    "area_population": ("地区（常住人口）", "area (population)"),
    "sex": ("性别", "sex"),
    "occupation": ("职业", "occupation"),
}
