"""The conformance kit: what a plugin is held against, by `tsunagu plugins check` and in its author's own tests.

What an author needs stands here; `host.testing.conformance` has the classes for pytest. docs/testing-plugins.md says how.
"""

from host.testing.checking import RULES, check
from host.testing.lab import Lab, Told
from host.testing.rule import Finding, Report, Rule, Tier, Verdict
from host.testing.scenario import Known, Scenario
from host.testing.story import CALLER, LATER_MEMO, MEMO, STRANGER, Story
from host.testing.subject import Subject, SubjectUnknown, installed_subject
from host.testing.wire import Reply, Request, Sent, Trouble, Wire

__all__ = [
    "CALLER",
    "LATER_MEMO",
    "MEMO",
    "RULES",
    "STRANGER",
    "Finding",
    "Known",
    "Lab",
    "Reply",
    "Report",
    "Request",
    "Rule",
    "Scenario",
    "Sent",
    "Story",
    "Subject",
    "SubjectUnknown",
    "Tier",
    "Told",
    "Trouble",
    "Verdict",
    "Wire",
    "check",
    "installed_subject",
]
