"""Sealed values open at their own place, whole and unchanged, and nowhere else."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import CryptoSettings
from nexstock.crypto.data_keys import newest_data_key
from nexstock.crypto.envelope import CannotOpen, open_sealed, seal
from nexstock.crypto.places import KEPT_ANSWER, PERSON, PLATFORM, SealedPlace
from nexstock.crypto.stored_keys import (
    DataKeyItem,
    ItemKeyItem,
    destroy_data_keys,
    item_key_address,
    stored_data_keys,
)
from nexstock.errors import TemporarilyUnavailable
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import data_keys_partition
from tests.support.crashes import sealing_key_disabled
from tests.support.sealing import a_place, an_organization_id, forget_opened_keys, sealed_first
from tests.support.table_faults import error_answer, instead_of

# The SDK logs each refusal with its traceback, thousands of lines here.
pytestmark = pytest.mark.usefixtures("_quiet_sdk", "platform")


@pytest.fixture
def _quiet_sdk(caplog: pytest.LogCaptureFixture) -> None:
    """Raise the SDK's level for the time of a test."""
    caplog.set_level(logging.CRITICAL, logger="aws_encryption_sdk")


@pytest.fixture(scope="module")
def place() -> SealedPlace:
    """Give a place of one resource, whose key is stored."""
    return a_place()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plaintext=st.binary(max_size=2000))
def test_sealed_value_opens_at_its_place(place: SealedPlace, plaintext: bytes) -> None:
    ciphertext = seal(place, plaintext)

    assert open_sealed(place, ciphertext) == plaintext
    assert len(plaintext) < 8 or plaintext not in ciphertext


def _neighbours(place: SealedPlace) -> Iterator[SealedPlace]:
    """Give places that share all with a place but one thing, each with keys of its own."""
    yield a_place()
    yield a_place(OrganizationId(place.organization))
    yield a_place(OrganizationId(place.organization), kind="customer")
    yield replace(place, field="previous_secret")
    yield replace(place, field="")
    for organization in (PLATFORM, PERSON):
        yield replace(place, organization=organization)
    yield replace(place, kind=KEPT_ANSWER)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plaintext=st.binary(max_size=200))
def test_sealed_value_that_was_moved_does_not_open(place: SealedPlace, plaintext: bytes) -> None:
    ciphertext = seal(place, plaintext)
    for elsewhere in _neighbours(place):
        with pytest.raises(CannotOpen):
            open_sealed(elsewhere, ciphertext)


def test_key_of_a_resource_that_was_moved_opens_nothing(place: SealedPlace) -> None:
    other = a_place(OrganizationId(place.organization))
    ciphertext = seal(place, b"a secret")
    model, pk, sk = item_key_address(place)
    key = model.get(pk, sk)
    model(*item_key_address(other)[1:]).update([ItemKeyItem.id.set(key.id), ItemKeyItem.sealed.set(key.sealed)])
    forget_opened_keys()

    with pytest.raises(CannotOpen):
        open_sealed(other, ciphertext)
    assert open_sealed(place, ciphertext) == b"a secret"


def test_data_key_that_was_moved_to_another_organization_opens_nothing(place: SealedPlace) -> None:
    ciphertext = seal(place, b"a secret")
    other = replace(place, organization=an_organization_id())
    for item in stored_data_keys(OrganizationId(place.organization)):
        moved = DataKeyItem(data_keys_partition(OrganizationId(other.organization)), item.sk)
        moved.id, moved.wrapped, moved.created_at = item.id, item.wrapped, item.created_at
        moved.save()
    model, pk, sk = item_key_address(place)
    key = model.get(pk, sk)
    key.pk = item_key_address(other)[1]
    key.save()

    with pytest.raises(CannotOpen):
        open_sealed(other, ciphertext)


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_sealed_value_with_any_changed_byte_does_not_open(place: SealedPlace, mask: int) -> None:
    ciphertext = seal(place, b"a secret")
    for position in range(len(ciphertext)):
        changed = bytearray(ciphertext)
        changed[position] ^= mask
        with pytest.raises(CannotOpen):
            open_sealed(place, bytes(changed))


def test_sealed_value_that_was_cut_does_not_open(place: SealedPlace) -> None:
    ciphertext = seal(place, b"a secret")
    for length in range(len(ciphertext)):
        with pytest.raises(CannotOpen):
            open_sealed(place, ciphertext[:length])


@pytest.mark.parametrize("garbage", [b"", b"x", b"a secret", b"\x02" * 500, b"\x00" * 100])
def test_what_was_never_sealed_does_not_open(place: SealedPlace, garbage: bytes) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(place, garbage)


def test_equal_values_are_sealed_differently(place: SealedPlace) -> None:
    assert len({seal(place, b"the same") for _ in range(5)}) == 5


def test_nothing_is_sealed_for_a_resource_that_has_no_key() -> None:
    with pytest.raises(CannotOpen):
        seal(SealedPlace(an_organization_id(), "customer", "cus_01JD0000000000000000000000", "personal"), b"a secret")


def test_two_containers_that_seal_an_organizations_first_value_at_once_have_the_same_data_key() -> None:
    organization_id, barrier, versions = an_organization_id(), Barrier(4), []

    def first() -> None:
        barrier.wait()
        versions.append(newest_data_key(organization_id, "customer").id)

    threads = [Thread(target=first) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(versions) == 4
    assert len(stored_data_keys(organization_id)) == 1
    assert set(versions) == {stored_data_keys(organization_id)[0].id}


def test_a_warm_container_asks_kms_for_nothing(place: SealedPlace) -> None:
    open_sealed(place, seal(place, b"a secret"))
    with sealing_key_disabled():
        assert open_sealed(place, seal(place, b"another")) == b"another"


def test_a_container_that_begins_opens_nothing_while_the_key_is_disabled(place: SealedPlace) -> None:
    ciphertext = seal(place, b"a secret")
    forget_opened_keys()
    with sealing_key_disabled():
        with pytest.raises(CannotOpen):
            open_sealed(place, ciphertext)
        with pytest.raises(CannotOpen):
            seal(place, b"another")
    assert open_sealed(place, ciphertext) == b"a secret"


def test_nothing_is_sealed_first_while_the_key_is_disabled() -> None:
    place = SealedPlace(an_organization_id(), "customer", "cus_01JD0000000000000000000000", "personal")
    with sealing_key_disabled(), pytest.raises(CannotOpen):
        sealed_first(place, b"a secret")
    assert stored_data_keys(OrganizationId(place.organization)) == []


@pytest.mark.parametrize("code", ["ThrottlingException", "KMSInternalException", "DependencyTimeoutException"])
def test_a_kms_that_has_too_much_to_do_is_a_passing_fault(place: SealedPlace, code: str) -> None:
    ciphertext = seal(place, b"a secret")
    forget_opened_keys()
    busy = instead_of("Decrypt", lambda request: error_answer(request, code), service="kms")
    with busy, pytest.raises(TemporarilyUnavailable):
        open_sealed(place, ciphertext)
    assert open_sealed(place, ciphertext) == b"a secret"


def test_a_kms_that_does_not_answer_is_a_passing_fault(place: SealedPlace) -> None:
    ciphertext = seal(place, b"a secret")
    forget_opened_keys()

    def slow(_request: object) -> None:
        raise ReadTimeoutError(endpoint_url="kms")

    with instead_of("Decrypt", slow, service="kms"), pytest.raises(TemporarilyUnavailable):
        open_sealed(place, ciphertext)
    assert open_sealed(place, ciphertext) == b"a secret"


@pytest.mark.parametrize("code", ["AccessDeniedException", "KMSInvalidStateException", "InvalidCiphertextException"])
def test_a_kms_that_refuses_opens_nothing(place: SealedPlace, code: str) -> None:
    ciphertext = seal(place, b"a secret")
    forget_opened_keys()
    refusing = instead_of("Decrypt", lambda request: error_answer(request, code), service="kms")
    with refusing, pytest.raises(CannotOpen):
        open_sealed(place, ciphertext)


def test_after_an_organizations_data_keys_are_destroyed_nothing_of_it_opens_and_nothing_is_sealed() -> None:
    organization_id = an_organization_id()
    places = [a_place(organization_id), a_place(organization_id, kind="customer")]
    answer = SealedPlace(organization_id, KEPT_ANSWER, "0" * 64, "body")
    sealed = [(place, seal(place, b"a secret")) for place in (*places, answer)]
    destroy_data_keys(stored_data_keys(organization_id), utc_now())
    forget_opened_keys()

    for place, ciphertext in sealed:
        with pytest.raises(CannotOpen):
            open_sealed(place, ciphertext)
        with pytest.raises(CannotOpen):
            seal(place, b"another")
    with pytest.raises(CannotOpen):
        a_place(organization_id)


def test_data_keys_leave_kms_bound_to_organization_kind_and_version(place: SealedPlace) -> None:
    (item,) = (item for item in stored_data_keys(OrganizationId(place.organization)) if item.kind == place.kind)
    context = {"organization": place.organization, "kind": place.kind, "id": "V0001", "field": "data_key"}
    key = CryptoSettings.from_env().sealing_key_arn
    kms = client("kms")
    assert len(kms.decrypt(KeyId=key, CiphertextBlob=item.wrapped, EncryptionContext=context)["Plaintext"]) == 32
    for name in context:
        with pytest.raises(kms.exceptions.InvalidCiphertextException):
            kms.decrypt(KeyId=key, CiphertextBlob=item.wrapped, EncryptionContext={**context, name: "other"})


def test_opened_keys_never_show(place: SealedPlace) -> None:
    key = newest_data_key(OrganizationId(place.organization), place.kind)
    assert "materials" not in repr(key)
    assert "0x" not in repr(key)
