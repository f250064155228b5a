"""All models, one per file.

Store: imported by store and actions only.
"""

from __future__ import annotations

from fireline.store.models.adjacency import Adjacency
from fireline.store.models.area import Area
from fireline.store.models.arrival import Arrival
from fireline.store.models.assessment_dissent import AssessmentDissent
from fireline.store.models.assessment_signature import AssessmentSignature
from fireline.store.models.audit_checkpoint import AuditCheckpoint
from fireline.store.models.audit_event import AuditEvent
from fireline.store.models.audit_head import AuditHead
from fireline.store.models.case import Case
from fireline.store.models.case_change import CaseChange
from fireline.store.models.case_definition import CaseDefinition
from fireline.store.models.chain_edge import ChainEdge
from fireline.store.models.confirmation import Confirmation
from fireline.store.models.contact import Contact
from fireline.store.models.count import Count
from fireline.store.models.count_report import CountReport
from fireline.store.models.exposure import Exposure
from fireline.store.models.fever_report import FeverReport
from fireline.store.models.finding import Finding
from fireline.store.models.freshness import Freshness
from fireline.store.models.identity import Identity
from fireline.store.models.import_batch import ImportBatch
from fireline.store.models.import_fault import ImportFault
from fireline.store.models.link import Link
from fireline.store.models.login_attempt import LoginAttempt
from fireline.store.models.lot import Lot
from fireline.store.models.lot_handler import LotHandler
from fireline.store.models.one_time_code import OneTimeCode
from fireline.store.models.outbreak import Outbreak
from fireline.store.models.owed_stream import OwedStream
from fireline.store.models.person import Person
from fireline.store.models.place import Place
from fireline.store.models.refusal_count import RefusalCount
from fireline.store.models.report import Report
from fireline.store.models.report_batch import ReportBatch
from fireline.store.models.report_row_fault import ReportRowFault
from fireline.store.models.report_token import ReportToken
from fireline.store.models.reporting_unit import ReportingUnit
from fireline.store.models.result_table import ResultTable
from fireline.store.models.risk_area import RiskArea
from fireline.store.models.risk_assessment import RiskAssessment
from fireline.store.models.search import Search
from fireline.store.models.sender import Sender
from fireline.store.models.series import Series
from fireline.store.models.signal import Signal
from fireline.store.models.signal_outcome import SignalOutcome
from fireline.store.models.stated_contact import StatedContact
from fireline.store.models.stay import Stay
from fireline.store.models.tally import Tally
from fireline.store.models.task import Task
from fireline.store.models.test import Test
from fireline.store.models.trigger import Trigger
from fireline.store.models.trigger_area import TriggerArea
from fireline.store.models.trigger_evidence import TriggerEvidence
from fireline.store.models.trigger_step import TriggerStep
from fireline.store.models.unit import Unit
from fireline.store.models.user import User
from fireline.store.models.visit_batch import VisitBatch
from fireline.store.models.visit_file import VisitFile
from fireline.store.models.visit_ledger import VisitLedger
from fireline.store.models.worklist import Worklist
from fireline.store.models.zone import Zone
from fireline.store.models.zone_exception import ZoneException
from fireline.store.models.zone_gate import ZoneGate
from fireline.store.models.zone_step import ZoneStep
from fireline.store.models.zone_unit import ZoneUnit

__all__ = [
    "Adjacency",
    "Area",
    "Arrival",
    "AssessmentDissent",
    "AssessmentSignature",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditHead",
    "Case",
    "CaseChange",
    "CaseDefinition",
    "ChainEdge",
    "Confirmation",
    "Contact",
    "Count",
    "CountReport",
    "Exposure",
    "FeverReport",
    "Finding",
    "Freshness",
    "Identity",
    "ImportBatch",
    "ImportFault",
    "Link",
    "LoginAttempt",
    "Lot",
    "LotHandler",
    "OneTimeCode",
    "Outbreak",
    "OwedStream",
    "Person",
    "Place",
    "RefusalCount",
    "Report",
    "ReportBatch",
    "ReportRowFault",
    "ReportToken",
    "ReportingUnit",
    "ResultTable",
    "RiskArea",
    "RiskAssessment",
    "Search",
    "Sender",
    "Series",
    "Signal",
    "SignalOutcome",
    "StatedContact",
    "Stay",
    "Tally",
    "Task",
    "Test",
    "Trigger",
    "TriggerArea",
    "TriggerEvidence",
    "TriggerStep",
    "Unit",
    "User",
    "VisitBatch",
    "VisitFile",
    "VisitLedger",
    "Worklist",
    "Zone",
    "ZoneException",
    "ZoneGate",
    "ZoneStep",
    "ZoneUnit",
]
