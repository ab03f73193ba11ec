"""Reconciliation of an organization with one of everything: a log that has all of it lacks nothing.

Each kind of thing has to count its versions as the reconciliation expects, or every run would find what was never lost.
"""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from functions.streams import write_audit
from nexstock.audit.reconciliation import reconcile
from nexstock.changes import AUDITED_ALWAYS, AUDITED_WITH_EVENT
from nexstock.clock import utc_now
from tests.support.audited import found
from tests.support.belongings import one_of_everything
from tests.support.records import records_of, run
from tests.support.stock import items_of

pytestmark = pytest.mark.usefixtures("platform")


def test_nothing_is_missed_of_what_was_recorded() -> None:
    organization = one_of_everything().organization
    records = records_of(organization.id)
    for start in range(0, len(records), 100):
        assert run(write_audit.handler, records[start : start + 100]) == []
    waiting: list[Mapping[str, str]] = [{"organizationId": organization.id}]
    gaps: list[Mapping[str, str]] = []

    def send(queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        assert delay_s == 0
        {"RECONCILIATIONS": waiting, "AUDIT_GAPS": gaps}[queue].append(message)

    while waiting:
        reconcile(waiting.pop(), send=send, clock=lambda: utc_now() + timedelta(hours=26))

    assert gaps == []
    assert not [entry for entry in found(organization) if entry["action"].endswith(".reconciled")]
    kinds = [kind for kind in (*AUDITED_ALWAYS, *AUDITED_WITH_EVENT) if list(items_of(organization.id, kind))]
    assert len(kinds) > 15
