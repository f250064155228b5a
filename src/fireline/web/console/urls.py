"""Addresses of the staff console.

Web, console: an address names ids only, never a person.
"""

from __future__ import annotations

from django.urls import path

from fireline.web.console import (
    account,
    audits,
    board,
    case,
    cases,
    chains,
    contacts,
    exports,
    gaps,
    identity,
    imports,
    investigate,
    outbreaks,
    rules,
    signals,
    tasks,
    tracing,
    worklists,
    zones,
)

urlpatterns = [
    path("", board.home, name="home"),
    path("sign-in", account.sign_in, name="sign-in"),
    path("sign-out", account.sign_out, name="sign-out"),
    path("account/password", account.password, name="password"),
    path("outbreaks", outbreaks.outbreaks, name="outbreaks"),
    path("outbreaks/new", outbreaks.new, name="outbreak-new"),
    path("policy", rules.policy, name="policy"),
    path("audit", audits.log, name="audit"),
    path("audit/verify", audits.verify, name="audit-verify"),
    path("o/<int:outbreak>/board", board.board, name="board"),
    path("o/<int:outbreak>/cases", cases.line_list, name="cases"),
    path("o/<int:outbreak>/cases/rows", cases.rows, name="case-rows"),
    path("o/<int:outbreak>/cases/edit", cases.edit, name="case-edit"),
    path("o/<int:outbreak>/cases/export", exports.export, name="case-export"),
    path("o/<int:outbreak>/cases/<path:case_id>/correct", case.correct, name="case-correct"),
    path("o/<int:outbreak>/cases/<path:case_id>/search", tracing.search, name="case-search"),
    path("o/<int:outbreak>/cases/<path:case_id>/confirm", tracing.confirm, name="case-confirm"),
    path("o/<int:outbreak>/cases/<path:case_id>/identity", identity.reveal, name="case-identity"),
    path("o/<int:outbreak>/cases/<path:case_id>", case.case, name="case"),
    path("o/<int:outbreak>/changes/<int:change>/undo", case.undo, name="change-undo"),
    path("o/<int:outbreak>/contacts", contacts.contacts, name="contacts"),
    path("o/<int:outbreak>/contacts/export", exports.contacts, name="contact-export"),
    path("o/<int:outbreak>/chain", chains.chain, name="chain"),
    path("o/<int:outbreak>/signals", signals.signals, name="signals"),
    path("o/<int:outbreak>/signals/<path:alarm_id>", signals.signal, name="signal"),
    path("o/<int:outbreak>/zones", zones.zones, name="zones"),
    path("o/<int:outbreak>/zones/<int:zone>/propose", zones.propose, name="zone-propose"),
    path("o/<int:outbreak>/zones/<int:zone>/sign", zones.sign, name="zone-sign"),
    path("o/<int:outbreak>/tasks", tasks.tasks, name="tasks"),
    path("o/<int:outbreak>/tasks/<path:task_id>", tasks.task, name="task"),
    path("o/<int:outbreak>/worklists", worklists.worklists, name="worklists"),
    path("o/<int:outbreak>/worklists/<int:worklist>", worklists.worklist, name="worklist"),
    path("o/<int:outbreak>/gaps", gaps.gaps, name="gaps"),
    path("o/<int:outbreak>/import", imports.imports, name="import"),
    path("o/<int:outbreak>/import/<int:batch>", imports.batch, name="import-batch"),
    path("o/<int:outbreak>/import/<int:batch>/commit", imports.commit, name="import-commit"),
    path("o/<int:outbreak>/import/<int:batch>/undo", imports.undo, name="import-undo"),
    path("o/<int:outbreak>/investigate", investigate.investigate, name="investigate"),
    path("o/<int:outbreak>/investigate/definition", investigate.save_definition, name="definition-save"),
    path("o/<int:outbreak>/investigate/report", investigate.save_report, name="report-save"),
]
