"""Proofs over the API: each is verified here as a customer does, by the public key and nothing else of ours."""

import json
from pathlib import Path
from typing import Any

import pytest

from nexstock.audit.archive import Area
from nexstock.audit.inspection import MOST_ENTRIES
from nexstock.aws import client
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import AUDIT_HEAD, audit_checkpoint_sort_key, audit_entry_sort_key
from nexstock_verify.arguments import Exit
from nexstock_verify.command import main
from nexstock_verify.notes import Checkpoint, PublicKey
from nexstock_verify.proofs import ConsistencyProof, InclusionProof, hashes_of
from tests.support.api import Reply, call
from tests.support.checkpoints import checkpointed, grown_by, keys_of, remove, tampered
from tests.support.environment import AUDIT_ARCHIVE_BUCKET
from tests.support.people import StaffedOrganization, an_organization

Json = dict[str, Any]


def _read(home: StaffedOrganization, path: str, **query: str) -> Reply:
    return call("GET", f"/v1/audit-logs{path}", token=home.admin.token, query=query)


def _entries(home: StaffedOrganization) -> list[Json]:
    """Return all entries, the oldest first."""
    entries: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = _read(home, "", limit="100", **cursor).json
        entries += page["items"]
        if page["next"] is None:
            return entries[::-1]
        cursor = {"cursor": page["next"]}


def _signed(*sizes: int) -> StaffedOrganization:
    home = an_organization()
    for size in sizes:
        grown_by(home.id, size)
        assert checkpointed(home.id) == []
    return home


def _archive_place(organization_id: OrganizationId, area: Area, name: str) -> dict[str, str]:
    return {"Bucket": AUDIT_ARCHIVE_BUCKET, "Key": f"{area}/{organization_id}/{name}"}


@pytest.mark.asvs("16.4.2")
def test_each_signed_entry_has_a_proof_that_verifies_offline() -> None:
    home = _signed(5, 260)
    entries = _entries(home)
    for entry in (entries[0], entries[4], entries[5], entries[255], entries[256], entries[-1]):
        answer = _read(home, f"/{entry['id']}/proof").json
        proof, keys = InclusionProof.parse(answer["inclusionProof"]), [PublicKey.parse(key) for key in answer["keys"]]
        assert keys == keys_of(home.id)
        assert (
            (answer["leafIndex"], answer["sequence"])
            == (proof.index, entry["sequence"])
            == (proof.index, proof.index + 1)
        )
        assert hashes_of(answer["hashes"]) == proof.path
        checkpoint = proof.proves(hashes_of([answer["leafHash"]])[0], keys)
        assert checkpoint is not None
        assert (checkpoint.size, answer["checkpoint"]) == (265, proof.note)


def test_an_entry_that_no_checkpoint_covers_has_no_proof_yet() -> None:
    home = an_organization()
    grown_by(home.id, 1)
    (entry,) = _entries(home)
    before = _read(home, f"/{entry['id']}/proof")
    assert (before.status, before.json["code"]) == (409, "not_yet_signed")
    assert checkpointed(home.id) == []
    assert _read(home, f"/{entry['id']}/proof").status == 200


def test_checkpoints_are_listed_newest_first_in_pages() -> None:
    home = _signed(1, 2, 3)
    first = _read(home, "/checkpoints", limit="2").json
    second = _read(home, "/checkpoints", limit="2", cursor=first["next"]).json
    listed = [*first["items"], *second["items"]]
    assert [item["size"] for item in listed] == [6, 3, 1]
    assert second["next"] is None
    keys = [PublicKey.parse(key) for key in first["keys"]]
    heads = {entry["sequence"]: entry["hash"] for entry in _entries(home)}
    for item in listed:
        assert Checkpoint.open(item["note"], keys).size == item["size"]
        assert item["headHash"] == heads[item["size"]]


def test_a_cursor_of_another_organizations_checkpoints_is_refused() -> None:
    home, other = _signed(1, 1), _signed(1, 1)
    cursor = _read(home, "/checkpoints", limit="1").json["next"]
    borrowed = _read(other, "/checkpoints", limit="1", cursor=cursor)
    assert (borrowed.status, borrowed.json["code"]) == (400, "invalid_cursor")


def test_a_log_is_proven_to_have_grown_and_no_more() -> None:
    home = _signed(3, 254, 40)
    items = {item["size"]: item for item in _read(home, "/checkpoints").json["items"]}
    for size in (3, 257, 297):
        told = _read(home, "/checkpoints", fromSize=str(size)).json["consistency"]
        proof = ConsistencyProof(told["fromSize"], told["toSize"], hashes_of(told["hashes"]))
        old, new = (Checkpoint.open(items[each]["note"], keys_of(home.id)) for each in (size, 297))
        assert proof.holds(old, new)


def test_nothing_is_proven_from_a_size_that_the_log_never_had() -> None:
    for home in (_signed(2), an_organization()):
        reply = _read(home, "/checkpoints", fromSize="3")
        assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "?fromSize")
        assert _read(home, "/checkpoints", fromSize="0").status == 422


def test_what_the_api_gives_is_what_the_command_verifies(tmp_path: Path) -> None:
    home = _signed(4, 30)
    export, checkpoints, proof = (tmp_path / name for name in ("audit.jsonl", "checkpoints.json", "proof.json"))
    entries = _entries(home)
    export.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    checkpoints.write_text(_read(home, "/checkpoints", fromSize="4").text)
    proof.write_text(_read(home, f"/{entries[9]['id']}/proof").text)
    arguments = ["--key", keys_of(home.id)[0].text, "--checkpoints", str(checkpoints), "--proof", str(proof)]
    assert main([str(export), *arguments]) == Exit.INTACT
    export.write_text("".join(json.dumps(entry) + "\n" for entry in entries[:-1]))
    assert main([str(export), *arguments]) == Exit.FOUND


def test_an_export_is_what_the_command_verifies(tmp_path: Path) -> None:
    home = _signed(3, 40)
    export, checkpoints = tmp_path / "audit.jsonl", tmp_path / "checkpoints.json"
    exported = _read(home, "/export", format="jsonl").text
    export.write_text(exported)
    checkpoints.write_text(_read(home, "/checkpoints", fromSize="3").text)
    arguments = [str(export), "--key", keys_of(home.id)[0].text, "--checkpoints", str(checkpoints)]
    assert main(arguments) == Exit.INTACT
    export.write_text("".join(exported.splitlines(keepends=True)[:-1]))
    assert main(arguments) == Exit.FOUND


def test_an_untouched_log_is_told_to_be_intact() -> None:
    home = _signed(5, 10)
    grown_by(home.id, 3)
    told = _read(home, "/verification").json
    assert (told["entries"], told["intact"], told["findings"]) == (18, True, [])
    assert told["head"] == {"sequence": 18, "hash": _entries(home)[-1]["hash"]}
    assert [checkpoint["size"] for checkpoint in told["checkpoints"]] == [15, 5]
    assert told["verified"] == {"fromSequence": 1, "toSequence": 18}


def test_an_empty_log_is_intact() -> None:
    told = _read(an_organization(), "/verification").json
    assert (told["entries"], told["intact"], told["checkpoints"]) == (0, True, [])
    assert told["verified"] == {"fromSequence": 0, "toSequence": 0}


def test_a_long_log_is_verified_in_parts() -> None:
    home = _signed(MOST_ENTRIES + 20)
    told = [
        _read(home, "/verification", **query).json for query in ({}, {"from": "1"}, {"from": "501"}, {"from": "5000"})
    ]
    assert [each["intact"] for each in told] == [True] * 4
    places = [(each["verified"]["fromSequence"], each["verified"]["toSequence"]) for each in told]
    assert places == [(21, 520), (1, 500), (501, 520), (0, 0)]


def _edited(organization_id: OrganizationId) -> None:
    tampered(organization_id, audit_entry_sort_key(2), hash={"S": "f" * 64})


def _with_a_hole(organization_id: OrganizationId) -> None:
    remove(organization_id, audit_entry_sort_key(3))


def _truncated(organization_id: OrganizationId) -> None:
    remove(organization_id, audit_entry_sort_key(6))


def _with_another_head(organization_id: OrganizationId) -> None:
    tampered(organization_id, AUDIT_HEAD, hash={"S": "f" * 64})


def _with_a_forged_checkpoint(organization_id: OrganizationId) -> None:
    tampered(
        organization_id, audit_checkpoint_sort_key(4), note={"S": f"forged\n4\n{'A' * 43}=\n\n\u2014 x AAAAAAA=\n"}
    )


def _with_a_damaged_archive(organization_id: OrganizationId) -> None:
    client("s3").put_object(**_archive_place(organization_id, Area.TILES, "0/000.p/4"), Body=b"x" * 128)


def _with_an_incomplete_archive(organization_id: OrganizationId) -> None:
    client("s3").delete_object(**_archive_place(organization_id, Area.TILES, "0/000.p/4"))


@pytest.mark.asvs("16.4.2")
@pytest.mark.parametrize(
    "change",
    [
        _edited,
        _with_a_hole,
        _truncated,
        _with_another_head,
        _with_a_forged_checkpoint,
        _with_a_damaged_archive,
        _with_an_incomplete_archive,
    ],
)
def test_a_log_that_was_changed_is_told_not_to_be_intact(change: Any) -> None:  # noqa: ANN401 (one of those above)
    home = _signed(4)
    grown_by(home.id, 2)
    change(home.id)
    told = _read(home, "/verification").json
    assert told["intact"] is False
    assert told["findings"]


def test_organizations_prove_nothing_of_each_others_logs() -> None:
    home, other = _signed(2), _signed(3)
    (entry, *_) = _entries(home)
    assert call("GET", f"/v1/audit-logs/{entry['id']}/proof", token=other.admin.token).status == 404
    ours, theirs = (_read(each, "/checkpoints").json for each in (home, other))
    assert ([item["size"] for item in ours["items"]], [item["size"] for item in theirs["items"]]) == ([2], [3])
    assert ours["keys"] != theirs["keys"]
    assert other.id not in json.dumps(ours)


@pytest.mark.parametrize("path", ["/checkpoints", "/verification"])
def test_members_and_lesser_keys_get_no_proofs(path: str) -> None:
    home = an_organization()
    for name in ("member", "read_key", "write_key"):
        assert call("GET", f"/v1/audit-logs{path}", token=home.credentials[name]).status == 403
    assert call("GET", f"/v1/audit-logs{path}", token=home.credentials["admin_key"]).status == 200
