"""Inspects an audit log as the table and the archive hold it now, so many entries at a time.

It is the platform that says so of itself: who needs more than its word verifies an export offline, by the public key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import rfc8785

from nexstock.audit.archive import DamagedArchive
from nexstock.audit.chain import ChainedEntry, Head
from nexstock.audit.checkpoints import CheckpointRepository, StoredCheckpoint, log_name
from nexstock.audit.proving import archived_tree
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import Tenant
from nexstock.crypto.checkpoint_signer import public_keys
from nexstock_verify.verification import Evidence, Finding, verify

MOST_ENTRIES: Final = 500
_MOST_CHECKPOINTS: Final = 5


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was looked at, and all that is wrong with it; `first` and `last` are 0 where nothing is there."""

    head: Head
    first: int
    last: int
    checkpoints: list[StoredCheckpoint]
    findings: list[Finding]


def inspect(tenant: Tenant, *, first: int | None = None) -> Inspection:
    """Return what is wrong with up to `MOST_ENTRIES` entries from a sequence on, the newest unless one is named.

    The entries are held against each other, the head, the archived tree and the newest checkpoints; these against
    their signatures and the tree. Entries below the oldest that is kept are no finding: their retention has ended.
    """
    log = AuditRepository(tenant)
    checkpoints, _before = CheckpointRepository(tenant).list_newest_first(limit=_MOST_CHECKPOINTS, before=None)
    head = log.head()
    begin = first or max(1, head.sequence - MOST_ENTRIES + 1)
    end = min(begin + MOST_ENTRIES - 1, head.sequence)
    entries = list(log.entries_after(begin - 1, up_to=end)) if begin <= end else []
    evidence = Evidence(public_keys(log_name(tenant.organization_id)), [each.note for each in checkpoints])
    report = verify([rfc8785.dumps(entry.fields) for entry in entries], evidence, is_part=True)
    if report.last != (end if begin <= end else 0):
        report.find(f"entry {end}", "is missing")
    if entries and entries[-1].sequence == head.sequence and entries[-1].head != head:
        report.find(f"entry {head.sequence}", "is not the head")
    findings = [*report.findings, *_findings_in_archive(tenant, checkpoints, entries)]
    return Inspection(head, report.first, report.last, checkpoints, findings)


def _findings_in_archive(
    tenant: Tenant, checkpoints: Sequence[StoredCheckpoint], entries: Sequence[ChainedEntry]
) -> list[Finding]:
    found = []
    for checkpoint in checkpoints:
        where = f"checkpoint of {checkpoint.size} entries"
        try:
            if archived_tree(tenant, checkpoint.size).root != checkpoint.root:
                found.append(Finding(where, "is not of the archived tree"))
        except DamagedArchive:
            found.append(Finding(where, "its tree is damaged in the archive"))
    signed = [entry for entry in entries if checkpoints and entry.sequence <= checkpoints[0].size]
    return found or _unsigned(tenant, checkpoints[0].size, signed) if signed else found


def _unsigned(tenant: Tenant, size: int, entries: Sequence[ChainedEntry]) -> list[Finding]:
    """Return those entries, one after the other, that are not the ones at their places in the archived tree."""
    first, last = entries[0].sequence, entries[-1].sequence
    try:
        leaves = archived_tree(tenant, size).leaves(first - 1, last)
    except DamagedArchive:
        return [Finding(f"entries {first} to {last}", "their leaves are damaged in the archive")]
    return [
        Finding(f"entry {entry.sequence}", "is not the one that was signed")
        for entry in entries
        if leaves[entry.sequence - first] != entry.leaf
    ]
