"""The roles of infra/access.yaml, assumed on an endpoint that enforces them: each can do what it is for, nothing else.

What each role is for is read from the template, and tests/contract shows that it is what the function's code calls.
Here every action of interest is tried on every resource, with every role.
"""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from nexstock.audit import archive
from nexstock.files.storage import Area
from tests.support.depth import sampled
from tests.support.enforced_roles import (
    ANOTHER_ORGANIZATION,
    DOMAIN,
    ED25519,
    KEY_OF_RESEND,
    ORGANIZATION,
    SEALED,
    WITH_RESEND,
    WITH_SES,
    Clients,
    Stack,
    context_of,
)
from tests.support.events import Json
from tests.support.privileges import ACCESS, KEYS_THAT_SIGN, Privilege, has_second_wall, roles
from tests.support.templates import functions, template

Probe = Callable[[Clients], Any]

_TABLES: Final = ("TenantsTable", "IdentityTable", "AuditTable", "DeliveriesTable", "KeysTable", "EphemeralTable")
_QUEUES: Final = (
    "MailQueue",
    "MailDeadQueue",
    "DeliveriesQueue",
    "DeadDeliveriesQueue",
    "StreamFailuresQueue",
    "ImportsQueue",
    "ExportsQueue",
    "CheckpointsQueue",
    "SecurityEventsQueue",
)
_OWN_PARTITION: Final = f"ORG#{ORGANIZATION}#WEBHOOK_ENDPOINT"
_OWN_ORGANIZATION: Final = f"ORG#{ORGANIZATION}#ORGANIZATION"
_OWN_VERIFIER: Final = "API_KEY#key_01JD0000000000000000000000"
_OWN_PARTITIONS: Final = {"IdentityTable": _OWN_VERIFIER, "EphemeralTable": "THROTTLE#webhook#whe_1"}
"""Partitions that a role reaches which reaches some of a table only."""
_OTHER_PARTITION: Final = f"ORG#{ORGANIZATION}#PRODUCT"
_OF_ORGANIZATIONS: Final = ("ORG#", "DATA_KEYS#", "ITEM_KEYS#", "DATA_KEY_ROTATIONS#", "RECEIPTS#")
_ELSEWHERE: Final = ("IDEMPOTENCY#", "USER#", "PASSKEY")
_MESSAGE: Final = {"Message": b"x", "MessageType": "RAW", "SigningAlgorithm": "ED25519_SHA_512"}


def _table_probes(table: str, name: str, partition: str = _OWN_PARTITION) -> Iterator[tuple[Privilege, Probe]]:
    key = {"PK": {"S": partition}, "SK": {"S": "probe"}}
    query = {"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": {":pk": key["PK"]}}
    check = {"TableName": name, "Key": key, "ConditionExpression": "attribute_not_exists(nothing)"}
    calls: dict[str, tuple[str, Json]] = {
        "PutItem": ("put_item", {"TableName": name, "Item": key}),
        "GetItem": ("get_item", {"TableName": name, "Key": key}),
        "UpdateItem": ("update_item", {"TableName": name, "Key": key}),
        "Query": ("query", {"TableName": name, **query}),
        "Scan": ("scan", {"TableName": name}),
        "BatchGetItem": ("batch_get_item", {"RequestItems": {name: {"Keys": [key]}}}),
        "BatchWriteItem": ("batch_write_item", {"RequestItems": {name: [{"PutRequest": {"Item": key}}]}}),
        "ConditionCheckItem": ("transact_write_items", {"TransactItems": [{"ConditionCheck": check}]}),
        "DeleteItem": ("delete_item", {"TableName": name, "Key": key}),
        "DescribeTable": ("describe_table", {"TableName": name}),
    }
    for action, (method, parameters) in calls.items():
        yield Privilege(f"dynamodb:{action}", table), partial(_call, "dynamodb", method, parameters)


def _queue_probes(queue: str, url: str) -> Iterator[tuple[Privilege, Probe]]:
    calls: dict[str, tuple[str, Json]] = {
        "SendMessage": ("send_message", {"QueueUrl": url, "MessageBody": "{}"}),
        "ReceiveMessage": ("receive_message", {"QueueUrl": url, "VisibilityTimeout": 0}),
        "GetQueueAttributes": ("get_queue_attributes", {"QueueUrl": url, "AttributeNames": ["All"]}),
        "PurgeQueue": ("purge_queue", {"QueueUrl": url}),
    }
    for action, (method, parameters) in calls.items():
        yield Privilege(f"sqs:{action}", queue), partial(_call, "sqs", method, parameters)


def _file_probes(name: str, area: str, bucket: str) -> Iterator[tuple[Privilege, Probe]]:
    place: Json = {"Bucket": bucket, "Key": f"{area}/{ORGANIZATION}/probe"}
    calls: dict[str, tuple[str, Json]] = {
        "PutObject": ("put_object", {"Body": b"x"}),
        "GetObject": ("get_object", {}),
        # Deleting what is not there is answered like deleting what is, and leaves the object to the next role.
        "DeleteObject": ("delete_object", {"Key": f"{place['Key']}-of-deletion"}),
    }
    for action, (method, parameters) in calls.items():
        yield (
            Privilege(f"s3:{action}", f"{name}/{area}/org_*"),
            partial(_call, "s3", method, {**place, **parameters}),
        )


def _key_probes(stack: Stack) -> Iterator[tuple[Privilege, Probe]]:
    key = stack.outputs["SealingKeyArn"]
    for place, ciphertext in stack.ciphertexts.items():
        context = {"KeyId": key, "EncryptionContext": context_of(place)}
        opening, sealing = {"CiphertextBlob": ciphertext, **context}, {"KeySpec": "AES_256", **context}
        yield Privilege("kms:Decrypt", "SealingKey", place), partial(_call, "kms", "decrypt", opening)
        yield Privilege("kms:GenerateDataKey", "SealingKey", place), partial(_call, "kms", "generate_data_key", sealing)
    signing = {"KeyId": stack.outputs["CheckpointKeyArn"]}
    yield Privilege("kms:Sign", KEYS_THAT_SIGN), partial(_call, "kms", "sign", {**signing, **_MESSAGE})
    yield Privilege("kms:GetPublicKey", KEYS_THAT_SIGN), partial(_call, "kms", "get_public_key", signing)
    yield Privilege("kms:DisableKey", KEYS_THAT_SIGN), partial(_call, "kms", "disable_key", {"KeyId": stack.spare_key})
    tags = {"Tags": _tags(stack)}
    yield Privilege("kms:TagResource", KEYS_THAT_SIGN), partial(_call, "kms", "tag_resource", {**signing, **tags})
    yield Privilege("kms:CreateKey", "*"), partial(_call, "kms", "create_key", {**ED25519, **tags})
    search = {"ResourceTypeFilters": ["kms:key"]}
    yield Privilege("tag:GetResources", "*"), partial(_call, "resourcegroupstaggingapi", "get_resources", search)


def _tags(stack: Stack) -> list[dict[str, str]]:
    return [{"TagKey": "nexstock-signs", "TagValue": stack.outputs["CheckpointKeyTag"]}]


def _partitions_of(logical_id: str, table: str, action: str | None = None) -> list[str]:
    """Return a partition for each that the conditions of a role's statements allow on a table, or for one action."""
    if table in _OWN_PARTITIONS:
        return [_OWN_PARTITIONS[table]]
    patterns = [
        pattern
        for grant in roles()[logical_id]
        if any(each.resource == table and action in {None, each.action} for each in grant.privileges)
        for pattern in grant.partitions
        if _may_be_in(table, pattern)
    ]
    return [pattern.replace("*", ORGANIZATION) for pattern in dict.fromkeys(patterns)] or [_OWN_PARTITION]


def _may_be_in(table: str, pattern: str) -> bool:
    """Tell partitions of a table from those that its transactions write elsewhere."""
    return pattern.startswith("ORG#") != (table == "KeysTable") and not pattern.startswith(_ELSEWHERE)


def _probes(stack: Stack, logical_id: str) -> Iterator[tuple[Privilege, Probe]]:
    for table in _TABLES:
        name = stack.outputs[table]
        for privilege, _elsewhere in _table_probes(table, name):
            for partition in _partitions_of(logical_id, table, privilege.action):
                yield privilege, dict(_table_probes(table, name, partition))[privilege]
    organization = _table_probes("TenantsTable", stack.outputs["TenantsTable"], _OWN_ORGANIZATION)
    yield from (each for each in organization if each[0].action in {"dynamodb:GetItem", "dynamodb:BatchGetItem"})
    due = {
        "TableName": stack.outputs["DeliveriesTable"],
        "IndexName": "Due",
        "KeyConditionExpression": "dueShard = :shard",
        "ExpressionAttributeValues": {":shard": {"S": "DUE#0"}},
    }
    yield Privilege("dynamodb:Query", "DeliveriesTable/index/Due"), partial(_call, "dynamodb", "query", due)
    ahead = {
        "TableName": stack.outputs["AuditTable"],
        "IndexName": "Ahead",
        "KeyConditionExpression": "aheadShard = :shard",
        "ExpressionAttributeValues": {":shard": {"S": "AHEAD#0"}},
    }
    yield Privilege("dynamodb:Query", "AuditTable/index/Ahead"), partial(_call, "dynamodb", "query", ahead)
    for queue in _QUEUES:
        yield from _queue_probes(queue, stack.outputs[queue])
    yield from _key_probes(stack)
    for area in Area:
        yield from _file_probes("FilesBucket", area, stack.outputs["FilesBucket"])
    for archived in archive.Area:
        yield from _file_probes("AuditArchiveBucket", archived, stack.outputs["AuditArchiveBucket"])
    mail = {
        "FromEmailAddress": f"no-reply@{DOMAIN}",
        "Destination": {"ToAddresses": ["person@example.com"]},
        "Content": {"Simple": {"Subject": {"Data": "probe"}, "Body": {"Text": {"Data": "probe"}}}},
    }
    yield Privilege("ses:SendEmail", "MailIdentity"), partial(_call, "sesv2", "send_email", mail)
    parameter = {"Name": KEY_OF_RESEND, "WithDecryption": True}
    yield Privilege("ssm:GetParameter", "ResendApiKeyParameter"), partial(_call, "ssm", "get_parameter", parameter)


def _call(service: str, method: str, parameters: Json, clients: Clients) -> Any:  # noqa: ANN401 (an answer of AWS)
    return getattr(clients[service], method)(**parameters)


def _is_allowed(probe: Probe, clients: Clients) -> bool:
    try:
        probe(clients)
    except ClientError as error:
        if error.response["Error"]["Code"].startswith("AccessDenied"):
            return False
        raise
    return True


def _unlike() -> list[str]:
    """Return one function of each role; many roles are the same but for their name."""
    made = {name: each for name, each in template(ACCESS)["Resources"].items() if each["Type"] == "AWS::IAM::Role"}
    by_role = {
        _policies(made[f"{logical_id.removesuffix('Function')}Role"]): logical_id
        for logical_id in sorted(functions(), reverse=True)
    }
    return sorted(by_role.values())


def _policies(role: Json) -> str:
    """Return what a role says but for its own name."""
    properties = {name: each for name, each in role["Properties"].items() if name != "RoleName"}
    return json.dumps(properties, sort_keys=True).replace(role["Properties"]["RoleName"]["Fn::Sub"], "itself")


def _covering() -> frozenset[str]:
    """Return some functions whose roles grant, between them, everything that any role grants."""
    granted = {name: {each for grant in roles()[name] for each in grant.privileges} for name in _unlike()}
    missing, found = set[Privilege]().union(*granted.values()), set()
    while missing:
        most = max(granted, key=lambda name: (len(granted[name] & missing), name))
        found.add(most)
        missing -= granted[most]
    return frozenset(found)


_ROLES: Final = sampled(_unlike(), kept=_covering())
_WITH_SECOND_WALL: Final = frozenset(filter(has_second_wall, _unlike()))
_WALLED: Final = sampled(sorted(_WITH_SECOND_WALL), kept=_covering() & _WITH_SECOND_WALL)
_SOME_WALLED: Final = sampled(sorted(_WITH_SECOND_WALL), kept=frozenset(sorted(_covering() & _WITH_SECOND_WALL)[::4]))
_OPENING: Final = frozenset(
    name for name in _unlike() if any(p.action == "kms:Decrypt" for grant in roles()[name] for p in grant.privileges)
)


@pytest.mark.asvs("13.3.2")
@pytest.mark.parametrize("logical_id", _ROLES)
def test_a_role_allows_what_it_is_for_and_nothing_else(logical_id: str, stack: Stack) -> None:
    _assert_role_is_enforced(logical_id, stack, deployment=WITH_SES)


def test_the_other_mail_providers_role_allows_what_it_is_for_and_nothing_else(stack: Stack) -> None:
    _assert_role_is_enforced("SendMailFunction", stack, deployment=WITH_RESEND)


def _assert_role_is_enforced(logical_id: str, stack: Stack, *, deployment: str) -> None:
    clients, probes = stack.clients_of(logical_id, deployment=deployment), list(_probes(stack, logical_id))
    tried = {privilege for privilege, _probe in probes}
    allowed = {privilege for privilege, probe in probes if _is_allowed(probe, clients)}
    granted = {
        privilege
        for grant in roles(uses_resend=deployment == WITH_RESEND)[logical_id]
        for privilege in grant.privileges
    }
    assert sorted(allowed - granted) == []
    assert sorted((granted & tried) - allowed) == []


@pytest.mark.parametrize("logical_id", ["FanOutWebhooksFunction", "DeliverWebhookFunction"])
def test_webhooks_reach_endpoints_and_no_other_items_of_an_organization(logical_id: str, stack: Stack) -> None:
    clients = stack.clients_of(logical_id)
    name = stack.outputs["TenantsTable"]
    own = {p.action for p, probe in _table_probes("TenantsTable", name) if _is_allowed(probe, clients)}
    others = {
        p.action for p, probe in _table_probes("TenantsTable", name, _OTHER_PARTITION) if _is_allowed(probe, clients)
    }
    assert len(own) == 1
    assert others == set()


@pytest.mark.parametrize(
    "logical_id", ["LogInFunction", "LogInWithPasskeyFunction", "ConfirmTotpFunction", "RecordSecurityEventFunction"]
)
def test_who_records_security_events_writes_nothing_else_of_an_organization(logical_id: str, stack: Stack) -> None:
    clients, name = stack.clients_of(logical_id), stack.outputs["TenantsTable"]
    written = [
        partition
        for partition in (_partitions_of(logical_id, "TenantsTable")[0], _OWN_PARTITION, _OTHER_PARTITION)
        for privilege, probe in _table_probes("TenantsTable", name, partition)
        if privilege.action == "dynamodb:PutItem" and _is_allowed(probe, clients)
    ]
    assert written == [f"ORG#{ORGANIZATION}#SECURITY_EVENT"]


def test_the_front_door_changes_api_keys_and_nothing_else_about_people(stack: Stack) -> None:
    clients, name = stack.clients_of("AuthorizeRequestFunction"), stack.outputs["IdentityTable"]
    changed = [
        partition
        for partition in (_OWN_VERIFIER, "USER#usr_01JD0000000000000000000000", "EMAIL#person@example.com")
        for privilege, probe in _table_probes("IdentityTable", name, partition)
        if privilege.action == "dynamodb:UpdateItem" and _is_allowed(probe, clients)
    ]
    assert changed == [_OWN_VERIFIER]


def test_what_rotates_secrets_removes_none_that_passwords_or_recovery_codes_need(stack: Stack) -> None:
    clients, name = stack.clients_of("RotatePlatformSecretsFunction"), stack.outputs["KeysTable"]
    removed = [
        purpose
        for purpose in ("password_pepper", "code_hash", "cursor_mac", "webhook_signing", "blind_index")
        for privilege, probe in _table_probes("KeysTable", name, f"SECRET#{purpose}")
        if privilege.action == "dynamodb:DeleteItem" and _is_allowed(probe, clients)
    ]
    assert removed == ["cursor_mac", "webhook_signing", "blind_index"]


@pytest.mark.parametrize("logical_id", sampled(_unlike(), kept=_covering() & _OPENING))
def test_no_role_opens_what_was_sealed_for_another_place(logical_id: str, stack: Stack) -> None:
    clients = stack.clients_of(logical_id)
    opens_some = any(privilege.action == "kms:Decrypt" for each in roles()[logical_id] for privilege in each.privileges)
    for place, ciphertext in stack.ciphertexts.items():
        elsewhere = [{**context_of(place), "organization": "another"}, {}, *map(context_of, SEALED.keys() - {place})]
        # Whoever may open nothing at all is refused whatever the context; one for each value shows it.
        for context in elsewhere if opens_some else elsewhere[:1]:
            opening = {"CiphertextBlob": ciphertext, "EncryptionContext": context}
            assert not _opens(partial(_call, "kms", "decrypt", opening), clients)


@pytest.mark.parametrize("logical_id", ["MakeCheckpointFunction", "RotateCheckpointKeyFunction"])
def test_no_role_signs_with_or_disables_a_key_of_another_purpose(logical_id: str, stack: Stack) -> None:
    clients, kms = stack.clients_of(logical_id), stack.endpoint.client("kms")
    other = kms.create_key(Tags=[{"TagKey": "nexstock-signs", "TagValue": "another"}], **ED25519)["KeyMetadata"]["Arn"]
    assert not _is_allowed(partial(_call, "kms", "sign", {"KeyId": other, **_MESSAGE}), clients)
    for key in (other, stack.outputs["SealingKeyArn"]):
        assert not _is_allowed(partial(_call, "kms", "disable_key", {"KeyId": key}), clients)


def test_what_rotates_keys_that_sign_makes_no_other_and_takes_no_other_for_one(stack: Stack) -> None:
    clients = stack.clients_of("RotateCheckpointKeyFunction")
    ours, others = _tags(stack), [{"TagKey": "nexstock-signs", "TagValue": "another"}]
    for made in ({"Tags": ours}, {**ED25519, "Tags": others}, {**ED25519, "Tags": []}):
        assert not _is_allowed(partial(_call, "kms", "create_key", made), clients)
    for key, tags in ((stack.outputs["SealingKeyArn"], ours), (stack.spare_key, others)):
        assert not _is_allowed(partial(_call, "kms", "tag_resource", {"KeyId": key, "Tags": tags}), clients)


@pytest.mark.parametrize("logical_id", ["RotateSigningKeysFunction", "RotateCheckpointKeyFunction"])
def test_what_rotates_keys_reaches_no_other_secret_of_the_platform(logical_id: str, stack: Stack) -> None:
    clients, name = stack.clients_of(logical_id), stack.outputs["KeysTable"]
    others = {"SECRET#password_pepper", "SIGNING_KEY", "CHECKPOINT_KEY"} - set(_partitions_of(logical_id, "KeysTable"))
    assert len(others) == 2
    for partition in others:
        assert not any(_is_allowed(probe, clients) for _p, probe in _table_probes("KeysTable", name, partition))


@pytest.mark.asvs("8.4.1")
@pytest.mark.parametrize("logical_id", _WALLED)
def test_nothing_is_reached_of_another_organization_than_the_sessions(logical_id: str, stack: Stack) -> None:
    own = stack.clients_of(logical_id, organization=ANOTHER_ORGANIZATION)
    assert [privilege for privilege, probe in _of_the_organization(stack, logical_id) if _is_allowed(probe, own)] == []


@pytest.mark.parametrize("logical_id", _SOME_WALLED)
def test_nothing_is_reached_of_any_organization_with_what_lambda_gives_a_function(
    logical_id: str, stack: Stack
) -> None:
    given = stack.clients_of(logical_id, organization=None)
    assert [p for p, probe in _of_the_organization(stack, logical_id) if _is_allowed(probe, given)] == []


def _of_the_organization(stack: Stack, logical_id: str) -> Iterator[tuple[Privilege, Probe]]:
    """Yield a probe for everything that a role grants of what `ORGANIZATION` owns."""
    granted = {privilege for grant in roles()[logical_id] for privilege in grant.privileges}
    for table in ("TenantsTable", "AuditTable", "DeliveriesTable", "KeysTable"):
        for partition in _partitions_of(logical_id, table):
            probes = _table_probes(table, stack.outputs[table], partition)
            yield from (each for each in probes if partition.startswith(_OF_ORGANIZATIONS) and each[0] in granted)
    sealed = {place for place in SEALED if context_of(place)["organization"] == ORGANIZATION}
    yield from (each for each in _key_probes(stack) if each[0].sealed in sealed and each[0] in granted)


def test_no_role_becomes_another(stack: Stack) -> None:
    sts = stack.endpoint.client("sts", stack.session_of("GetProductFunction"))
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=stack.role_arn("LogInFunction"), RoleSessionName="probe")


def _opens(probe: Probe, clients: Clients) -> bool:
    try:
        probe(clients)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"AccessDeniedException", "InvalidCiphertextException"}:
            return False
        raise
    return True
