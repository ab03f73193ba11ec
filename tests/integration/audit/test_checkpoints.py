"""Checkpoints: signed, archived and unchangeable; each is one more line of one history."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from functions.schedules import queue_checkpoints
from nexstock.audit.archive import Archive, Area, DamagedArchive
from nexstock.audit.checkpoints import CheckpointRepository, log_name
from nexstock.audit.repository import AHEAD_SHARDS, AuditRepository, organizations_ahead
from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.crypto.checkpoint_key_rotation import replace_checkpoint_key
from nexstock.crypto.checkpoint_keys import CHECKPOINT_KEYS_KNOWN, CheckpointKeys
from nexstock.crypto.checkpoint_signer import signed_note
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import AUDIT_HEAD, audit_checkpoint_sort_key, audit_entry_sort_key
from nexstock.queues import NotQueued
from nexstock_verify.entries import ExportedEntry
from nexstock_verify.merkle import GrowingTree, leaf_hash
from nexstock_verify.notes import Checkpoint, to_base64
from nexstock_verify.verification import Evidence, verify
from tests.support.api import call
from tests.support.bursts import an_organization_id
from tests.support.calls import recorded_calls
from tests.support.chains import verified_chain
from tests.support.checkpoint_keys import own_checkpoint_keys
from tests.support.checkpoints import (
    a_tenant,
    archived,
    archived_checkpoints,
    archived_lines,
    archived_notes,
    checkpointed,
    grown_by,
    grown_too_long,
    keys_of,
    remove,
    tampered,
)
from tests.support.environment import AUDIT_ARCHIVE_BUCKET, CHECKPOINT_KEY_TAG
from tests.support.events import Context
from tests.support.people import an_organization
from tests.support.webhooks import notes_on


def _is_ahead(organization_id: OrganizationId) -> bool:
    return any(organization_id in organizations_ahead(shard) for shard in range(AHEAD_SHARDS))


def _assert_one_history(organization_id: OrganizationId) -> None:
    """Recompute every checkpoint from the entries, by code that knows no tiles."""
    roots, tree = {}, GrowingTree()
    for line in archived_lines(organization_id):
        tree.append(ExportedEntry.parse(line).leaf)
        roots[tree.size] = tree.root
    checkpoints = archived_checkpoints(organization_id)
    assert checkpoints
    for checkpoint in checkpoints:
        assert checkpoint.root == roots[checkpoint.size]
    assert tree.size == len(verified_chain(organization_id))


@pytest.mark.asvs("16.4.3")
def test_a_log_is_archived_and_signed_as_it_grows() -> None:
    organization_id = an_organization_id()
    for entries in (1, 2, 300, 5, 211):
        grown_by(organization_id, entries)
        assert checkpointed(organization_id) == []
    assert [checkpoint.size for checkpoint in archived_checkpoints(organization_id)] == [1, 3, 303, 308, 519]
    _assert_one_history(organization_id)
    notes = list(archived(organization_id, "checkpoints").values())
    report = verify(archived_lines(organization_id), Evidence(keys_of(organization_id), [n.decode() for n in notes]))
    assert (report.findings, report.anchored, report.last) == ([], 519, 519)


def test_a_log_that_is_too_long_for_one_run_is_signed_in_several() -> None:
    organization_id = an_organization_id()
    grown_too_long(organization_id)
    assert checkpointed(organization_id) == []
    assert notes_on("CHECKPOINTS", organization_id) == [{"organizationId": organization_id}]
    assert _is_ahead(organization_id)
    assert checkpointed(organization_id) == []
    assert notes_on("CHECKPOINTS", organization_id) == [{"organizationId": organization_id}]
    assert not _is_ahead(organization_id)
    assert archived_checkpoints(organization_id)[-1].size == 30
    _assert_one_history(organization_id)


def test_a_log_is_ahead_until_a_checkpoint_covers_it() -> None:
    organization_id = an_organization_id()
    assert not _is_ahead(organization_id)
    grown_by(organization_id, 3)
    assert _is_ahead(organization_id)
    assert checkpointed(organization_id) == []
    assert not _is_ahead(organization_id)
    grown_by(organization_id, 1)
    assert _is_ahead(organization_id)


def test_the_schedule_queues_a_note_for_each_log_that_is_ahead() -> None:
    ahead = [an_organization_id() for _ in range(12)]
    for organization_id in ahead:
        grown_by(organization_id, 1)
    settled = an_organization_id()
    grown_by(settled, 1)
    checkpointed(settled)
    queue_checkpoints.handler({}, Context())  # type: ignore[arg-type]
    assert all(notes_on("CHECKPOINTS", each) == [{"organizationId": each}] for each in ahead)
    assert notes_on("CHECKPOINTS", settled) == []


def test_a_log_that_has_not_grown_has_no_further_checkpoint() -> None:
    organization_id = an_organization_id()
    assert checkpointed(organization_id) == []
    assert archived_checkpoints(organization_id) == []
    grown_by(organization_id, 2)
    for _ in range(3):
        assert checkpointed(organization_id) == []
    assert len(archived_checkpoints(organization_id)) == 1


def test_a_checkpoint_costs_what_was_added_and_not_what_there_is() -> None:
    organization_id = an_organization_id()
    costs = []
    for entries in (3, 300, 3):
        grown_by(organization_id, entries)
        with recorded_calls("s3", "kms") as recording:
            assert checkpointed(organization_id) == []
        costs.append((recording.operations.count("GetObject"), recording.operations.count("PutObject")))
    # The edge of the tree is read; the new entries, the tiles they change, and the signed head are written.
    assert costs == [(0, 3), (1, 5), (2, 3)]


@pytest.mark.asvs("16.4.2")
def test_what_is_archived_cannot_be_changed_or_removed() -> None:
    home = an_organization()
    grown_by(home.id, 2)
    assert checkpointed(home.id) == []
    s3, soonest = client("s3"), utc_now() + timedelta(days=364)
    for area in Area:
        for name in archived(home.id, area):
            place = {"Bucket": AUDIT_ARCHIVE_BUCKET, "Key": f"{area}/{home.id}/{name}"}
            version = s3.head_object(**place)
            assert version["ObjectLockMode"] == "COMPLIANCE"
            assert version["ObjectLockRetainUntilDate"] > soonest
            for bypass in (False, True):
                with pytest.raises(ClientError, match="AccessDenied"):
                    s3.delete_object(**place, VersionId=version["VersionId"], BypassGovernanceRetention=bypass)


def test_the_archive_keeps_for_as_long_as_the_organization_says() -> None:
    home = an_organization()
    patch = {"auditRetentionDays": 1000}
    assert call("PATCH", "/v1/organization", token=home.owner.token, body=patch).status == 200
    grown_by(home.id, 1)
    assert checkpointed(home.id) == []
    (name,) = archived(home.id, Area.CHECKPOINTS)
    head = client("s3").head_object(Bucket=AUDIT_ARCHIVE_BUCKET, Key=f"checkpoints/{home.id}/{name}")
    kept: datetime = head["ObjectLockRetainUntilDate"]
    assert timedelta(days=999) < kept - utc_now() < timedelta(days=1001)


def _shortened(organization_id: OrganizationId) -> None:
    tampered(organization_id, AUDIT_HEAD, sequence={"N": "3"})


def _edited(organization_id: OrganizationId) -> None:
    tampered(organization_id, audit_entry_sort_key(6), canonical={"S": '{"sequence":6,"previousHash":"0"}'})


def _reworded(organization_id: OrganizationId) -> None:
    entry = next(AuditRepository(a_tenant(organization_id)).entries_after(5, up_to=6))
    tampered(organization_id, audit_entry_sort_key(6), canonical={"S": entry.canonical.replace("Thing", "Thong")})


def _rehashed(organization_id: OrganizationId) -> None:
    entry = next(AuditRepository(a_tenant(organization_id)).entries_after(4, up_to=5))
    text = entry.canonical.replace("Thing", "Thong")
    own_hash = hashlib.sha256(text.encode()).hexdigest()
    tampered(organization_id, audit_entry_sort_key(5), canonical={"S": text}, hash={"S": own_hash})


def _emptied(organization_id: OrganizationId) -> None:
    for sequence in (5, 6):
        remove(organization_id, audit_entry_sort_key(sequence))


def _with_a_hole(organization_id: OrganizationId) -> None:
    remove(organization_id, audit_entry_sort_key(5))


def _signed_by_nobody(organization_id: OrganizationId) -> None:
    newest = CheckpointRepository(a_tenant(organization_id)).newest()
    assert newest is not None
    text, _, _signature = newest.note.rpartition("\u2014")
    note = f"{text}\u2014 {log_name(organization_id)} {to_base64(keys_of(organization_id)[0].key_id + b'x' * 64)}\n"
    tampered(organization_id, audit_checkpoint_sort_key(4), note={"S": note})


def _signed_for_another(organization_id: OrganizationId) -> None:
    other = an_organization_id()
    grown_by(other, 4)
    assert checkpointed(other) == []
    note = archived(other, "checkpoints")["000000000004"].decode()
    tampered(organization_id, audit_checkpoint_sort_key(4), note={"S": note})


def _signed_for_another_tree(organization_id: OrganizationId) -> None:
    checkpoint = Checkpoint(log_name(organization_id), 4, leaf_hash(b"another"))
    tampered(organization_id, audit_checkpoint_sort_key(4), note={"S": signed_note(checkpoint)})


def _with_another_head(organization_id: OrganizationId) -> None:
    tampered(organization_id, audit_checkpoint_sort_key(4), headHash={"S": "f" * 64})


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(
    "change",
    [
        _shortened,
        _edited,
        _reworded,
        _rehashed,
        _emptied,
        _with_a_hole,
        _signed_by_nobody,
        _signed_for_another,
        _signed_for_another_tree,
        _with_another_head,
    ],
)
def test_a_log_that_was_changed_is_not_signed(change: Callable[[OrganizationId], None]) -> None:
    organization_id = an_organization_id()
    grown_by(organization_id, 4)
    assert checkpointed(organization_id) == []
    grown_by(organization_id, 2)
    change(organization_id)
    assert checkpointed(organization_id) == ["1"]
    assert list(archived(organization_id, "checkpoints")) == ["000000000004"]


def test_an_archive_that_holds_something_else_is_not_signed() -> None:
    organization_id = an_organization_id()
    grown_by(organization_id, 2)
    Archive(organization_id).put(Area.TILES, "0/000.p/2", b"x" * 64, retain_until=utc_now() + timedelta(seconds=2))
    assert checkpointed(organization_id) == ["1"]
    assert archived_checkpoints(organization_id) == []


def test_a_tile_that_was_cut_short_is_not_built_on() -> None:
    organization_id = an_organization_id()
    grown_by(organization_id, 2)
    assert checkpointed(organization_id) == []
    key = f"tiles/{organization_id}/0/000.p/2"
    client("s3").put_object(Bucket=AUDIT_ARCHIVE_BUCKET, Key=key, Body=b"x" * 63)
    grown_by(organization_id, 1)
    assert checkpointed(organization_id) == ["1"]


def test_a_log_of_another_name_than_an_organizations_has_no_archive() -> None:
    with pytest.raises(ValueError, match="not an organization id"):
        Archive(OrganizationId("org_1/../org_2"))


def test_a_bucket_that_is_not_there_is_no_empty_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Archive(an_organization_id())
    monkeypatch.setenv("NEXSTOCK_BUCKET_AUDIT_ARCHIVE", "nexstock-test-nowhere")
    with pytest.raises(ClientError):
        archive.put(Area.TILES, "0/000", b"", retain_until=utc_now())
    with pytest.raises(DamagedArchive):
        archive.get(Area.TILES, "0/000")


def test_what_a_former_key_signed_stays_verifiable_and_is_gone_on_from() -> None:
    organization_id = an_organization_id()
    grown_by(organization_id, 2)
    with own_checkpoint_keys(utc_now()):
        assert checkpointed(organization_id) == []
        (former,) = keys_of(organization_id)
        replace_checkpoint_key("V0001", utc_now(), signs=CHECKPOINT_KEY_TAG)
        vars(CHECKPOINT_KEYS_KNOWN).update(vars(CheckpointKeys()))
        grown_by(organization_id, 1)
        assert checkpointed(organization_id) == []
        present, also = keys_of(organization_id)
    assert also == former
    notes = archived_notes(organization_id)
    assert [Checkpoint.open(note, [by]).size for note, by in zip(notes, (former, present), strict=True)] == [2, 3]


def test_a_queue_that_does_not_take_a_note_fails_the_schedule() -> None:
    grown_by(an_organization_id(), 1)
    events = client("sqs").meta.events

    def refuse(**_call: object) -> tuple[object, dict[str, object]]:
        return AWSResponse("", 200, {}, None), {"Failed": [{"Id": "0", "SenderFault": False, "Code": "InternalError"}]}

    events.register("before-call.sqs.SendMessageBatch", refuse)
    try:
        with pytest.raises(NotQueued):
            queue_checkpoints.handler({}, Context())  # type: ignore[arg-type]
    finally:
        events.unregister("before-call.sqs.SendMessageBatch", refuse)
