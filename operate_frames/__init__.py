"""Camunda 8 process data as data frames: every row, exactly typed.

The public door: what stands in ``__all__`` is the interface, everything else may move.
"""

import importlib
import typing

from operate_frames._version import __version__
from operate_frames.client.operate import Operate
from operate_frames.client.retry import RetryPolicy
from operate_frames.errors import (
    AnswerFailed,
    AudienceRejected,
    BadAnswer,
    ConnectionBroken,
    ConnectionFailed,
    ConnectionRefused,
    CredentialsRejected,
    CsrfRejected,
    ExportFailed,
    ExtraMissing,
    FieldNotSent,
    FilterIgnoredWarning,
    HostUnknown,
    IncompleteWarning,
    LargeReadWarning,
    NotFound,
    NotOperate,
    OperateError,
    PermissionMissing,
    ProxyFailed,
    QuestionError,
    ReadFailed,
    ReadInterrupted,
    RequestRejected,
    ServerBusy,
    SettingsError,
    SignInFailed,
    SignInNeeded,
    TimedOut,
    TlsFailed,
    UndecodedWarning,
    UnknownName,
    WrongType,
)
from operate_frames.exports.report import ExportReport
from operate_frames.frames.by_key import (
    read_decision_requirements_xml,
    read_definition_xml,
    read_sequence_flows,
)
from operate_frames.frames.count import Count
from operate_frames.frames.exports import export, export_instances
from operate_frames.frames.hierarchy import read_hierarchy
from operate_frames.frames.readers import (
    read_audit_logs,
    read_batch_operation_items,
    read_batch_operations,
    read_correlated_message_subscriptions,
    read_decision_definitions,
    read_decision_instances,
    read_decision_requirements,
    read_definitions,
    read_element_instances,
    read_incidents,
    read_instances,
    read_jobs,
    read_message_subscriptions,
    read_user_tasks,
    read_variables,
    search,
)
from operate_frames.frames.search import Search
from operate_frames.frames.statistics import read_definition_statistics, read_element_statistics
from operate_frames.query.filter_words import between, exclude, like
from operate_frames.reading.explain import Explanation
from operate_frames.reading.report import Report
from operate_frames.signin.connect import connect, login, logout

if typing.TYPE_CHECKING:
    from operate_frames.analysis.draw import draw
    from operate_frames.analysis.drawing.drawing import Drawing
    from operate_frames.analysis.event_log import event_log
    from operate_frames.analysis.ocel import write_ocel
    from operate_frames.analysis.reports.elements import bottlenecks, element_times, stuck_instances
    from operate_frames.analysis.reports.incidents import incident_report
    from operate_frames.analysis.reports.instances import compare_versions, cycle_times
    from operate_frames.analysis.reports.over_time import sla, throughput
    from operate_frames.analysis.reports.paths import changes_since_start, rework, variants
    from operate_frames.analysis.xes import write_xes

__all__ = [
    "AnswerFailed",
    "AudienceRejected",
    "BadAnswer",
    "ConnectionBroken",
    "ConnectionFailed",
    "ConnectionRefused",
    "Count",
    "CredentialsRejected",
    "CsrfRejected",
    "Drawing",
    "Explanation",
    "ExportFailed",
    "ExportReport",
    "ExtraMissing",
    "FieldNotSent",
    "FilterIgnoredWarning",
    "HostUnknown",
    "IncompleteWarning",
    "LargeReadWarning",
    "NotFound",
    "NotOperate",
    "Operate",
    "OperateError",
    "PermissionMissing",
    "ProxyFailed",
    "QuestionError",
    "ReadFailed",
    "ReadInterrupted",
    "Report",
    "RequestRejected",
    "RetryPolicy",
    "Search",
    "ServerBusy",
    "SettingsError",
    "SignInFailed",
    "SignInNeeded",
    "TimedOut",
    "TlsFailed",
    "UndecodedWarning",
    "UnknownName",
    "WrongType",
    "__version__",
    "between",
    "bottlenecks",
    "changes_since_start",
    "compare_versions",
    "connect",
    "cycle_times",
    "draw",
    "element_times",
    "event_log",
    "exclude",
    "export",
    "export_instances",
    "incident_report",
    "like",
    "login",
    "logout",
    "read_audit_logs",
    "read_batch_operation_items",
    "read_batch_operations",
    "read_correlated_message_subscriptions",
    "read_decision_definitions",
    "read_decision_instances",
    "read_decision_requirements",
    "read_decision_requirements_xml",
    "read_definition_statistics",
    "read_definition_xml",
    "read_definitions",
    "read_element_instances",
    "read_element_statistics",
    "read_hierarchy",
    "read_incidents",
    "read_instances",
    "read_jobs",
    "read_message_subscriptions",
    "read_sequence_flows",
    "read_user_tasks",
    "read_variables",
    "rework",
    "search",
    "sla",
    "stuck_instances",
    "throughput",
    "variants",
    "write_ocel",
    "write_xes",
]

# What is imported when it is first used.
_LATER = {
    "Drawing": "operate_frames.analysis.drawing.drawing",
    "bottlenecks": "operate_frames.analysis.reports.elements",
    "changes_since_start": "operate_frames.analysis.reports.paths",
    "compare_versions": "operate_frames.analysis.reports.instances",
    "cycle_times": "operate_frames.analysis.reports.instances",
    "draw": "operate_frames.analysis.draw",
    "element_times": "operate_frames.analysis.reports.elements",
    "event_log": "operate_frames.analysis.event_log",
    "incident_report": "operate_frames.analysis.reports.incidents",
    "rework": "operate_frames.analysis.reports.paths",
    "sla": "operate_frames.analysis.reports.over_time",
    "stuck_instances": "operate_frames.analysis.reports.elements",
    "throughput": "operate_frames.analysis.reports.over_time",
    "variants": "operate_frames.analysis.reports.paths",
    "write_ocel": "operate_frames.analysis.ocel",
    "write_xes": "operate_frames.analysis.xes",
}


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> object:
    if name in _LATER:
        found = globals()[name] = getattr(importlib.import_module(_LATER[name]), name)
        return found
    from operate_frames.frames.suggestions import suggestion  # noqa: PLC0415 - for who misspells

    raise AttributeError(f"operate_frames has no {name!r}{suggestion(name, __all__)}", name=name)
