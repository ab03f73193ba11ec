"""Reads and conditional updates below the repositories."""

import json

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError

from nexstock.clock import utc_now
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.ids import new_id
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import batch_get, conditional_update
from tests.support.people import an_email, an_organization
from tests.support.table_faults import Request, error_answer, instead_of


def _stored(count: int) -> list[EmailOwnerItem]:
    items = [
        EmailOwnerItem(identity_keys.email_partition(an_email()), identity_keys.OWNER, user_id=f"usr_{n}")
        for n in range(count)
    ]
    for item in items:
        item.save()
    return items


def _unread(request: Request) -> AWSResponse:
    # Only the table's answer counts here: nothing read, everything left.
    wanted = json.loads(request.body)["RequestItems"]
    return error_answer(request, "", status=200, Responses={}, UnprocessedKeys=wanted)


def test_items_come_back_in_the_order_of_their_keys_and_none_stands_for_a_missing_one() -> None:
    one, other = _stored(2)
    owner = an_organization().owner
    wanted = [
        (EmailOwnerItem, other.pk, other.sk),
        (EmailOwnerItem, identity_keys.email_partition(an_email()), identity_keys.OWNER),
        (UserItem, identity_keys.user_partition(owner.id), identity_keys.PROFILE),
        (EmailOwnerItem, one.pk, one.sk),
    ]

    found = batch_get(wanted)

    assert [getattr(item, "user_id", getattr(item, "email", None)) for item in found] == [
        "usr_1",
        None,
        owner.email,
        "usr_0",
    ]


def test_keys_that_were_left_unread_are_read_again() -> None:
    (item,) = _stored(1)
    seen: list[Request] = []

    def unread_once(request: Request) -> AWSResponse | None:
        seen.append(request)
        return _unread(request) if len(seen) == 1 else None

    with instead_of("BatchGetItem", unread_once):
        (found,) = batch_get([(EmailOwnerItem, item.pk, item.sk)])

    assert isinstance(found, EmailOwnerItem)
    assert len(seen) == 2


def test_keys_that_stay_unread_are_a_fault_and_never_a_missing_item() -> None:
    (item,) = _stored(1)

    with instead_of("BatchGetItem", _unread), pytest.raises(TimeoutError):
        batch_get([(EmailOwnerItem, item.pk, item.sk)])


def test_update_tells_whether_its_condition_held_and_what_stands() -> None:
    (item,) = _stored(1)
    missing = EmailOwnerItem(identity_keys.email_partition(an_email()), identity_keys.OWNER)

    refused = conditional_update(item, [EmailOwnerItem.user_id.set("usr_new")], EmailOwnerItem.user_id == "somebody")
    held = conditional_update(item, [EmailOwnerItem.user_id.set("usr_new")], EmailOwnerItem.user_id == "usr_0")
    nothing = conditional_update(missing, [EmailOwnerItem.user_id.set("usr_new")], EmailOwnerItem.pk.exists())

    assert (refused.held, refused.item.user_id if refused.item else None) == (False, "usr_0")
    assert (held.held, held.item.user_id if held.item else None) == (True, "usr_new")
    assert (nothing.held, nothing.item) == (False, None)


def test_update_that_fails_otherwise_is_a_fault() -> None:
    (item,) = _stored(1)

    with (
        instead_of("UpdateItem", lambda request: error_answer(request, "ValidationException")),
        pytest.raises(ClientError),
    ):
        conditional_update(item, [EmailOwnerItem.user_id.set("usr_new")], EmailOwnerItem.pk.exists())


def test_item_is_stored_once_only_if_its_condition_holds() -> None:
    item = EmailOwnerItem(
        identity_keys.email_partition(an_email()), identity_keys.OWNER, user_id=new_id("usr", utc_now())
    )

    assert [item.save_if(EmailOwnerItem.pk.does_not_exist()) for _ in range(2)] == [True, False]


def test_pages_of_a_query_end_where_the_partition_ends() -> None:
    partition = identity_keys.email_partition(an_email())
    for number in range(5):
        EmailOwnerItem(partition, f"ITEM#{number}", user_id=str(number)).save()

    first, ended_at = EmailOwnerItem.query_page(partition, limit=3)
    rest, end = EmailOwnerItem.query_page(partition, EmailOwnerItem.sk > (ended_at or ""), limit=3)
    newest, _ = EmailOwnerItem.query_page(partition, limit=1, newest_first=True)

    assert [item.user_id for item in first + rest] == ["0", "1", "2", "3", "4"]
    assert (ended_at, end, newest[0].user_id) == ("ITEM#2", None, "4")
