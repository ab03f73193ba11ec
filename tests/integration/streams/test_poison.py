"""A record that no retry helps is set aside, whole, and nothing behind it waits; one command hands it over again."""

import base64
import json
import os
from functools import partial
from typing import Any, Final

import pytest

from functions.streams import fan_out_webhooks, write_audit
from infra.redrive import redrive, unpacked
from nexstock.stream_failures import set_aside
from nexstock.streams import BatchFailed
from tests.support.chains import verified_chain
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import Handler, Record, poison_like, records_of, run
from tests.support.stream_failures import FailuresQueue, Functions, clients, place_of
from tests.support.table_faults import error_answer, instead_of
from tests.support.webhooks import a_product, messages_of, records_about, stored_endpoints

pytestmark = pytest.mark.usefixtures("platform")

_NAME: Final = "test"
"""The name of every function in this process."""

_IMAGE_BYTES: Final = 395 * 1024
_IMAGES: Final = ("OldImage", "NewImage")


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> FailuresQueue:
    """Have what is set aside lie in a queue of the test's own."""
    return FailuresQueue(monkeypatch)


def _with(record: Record, **parts: Any) -> Record:  # noqa: ANN401 (parts of a record)
    return {**record, "dynamodb": {**record["dynamodb"], **parts}}


def _image_with(record: Record, **attributes: Any) -> Record:  # noqa: ANN401 (an attribute's value)
    return _with(record, NewImage={**record["dynamodb"]["NewImage"], **attributes})


def _of_unknown_kind(record: Record) -> Record:
    keys = record["dynamodb"]["Keys"]
    return _with(record, Keys={**keys, "PK": {"S": keys["PK"]["S"].rpartition("#")[0] + "#PLANET"}})


def _of_an_older_schema(record: Record) -> Record:
    image = dict(record["dynamodb"]["NewImage"])
    del image["version"], image["changedBy"]
    return _with(record, NewImage=image)


def _too_large(record: Record) -> Record:
    before, after = ({"S": letter * _IMAGE_BYTES} for letter in '"\\')
    image = record["dynamodb"]["NewImage"]
    older = {**image, "version": {"N": str(int(image["version"]["N"]) - 1)}, "description": before}
    return _with(record, OldImage=older, NewImage={**image, "description": after})


_POISON: Final = {
    "attributes of other types": poison_like,
    "unknown kind": _of_unknown_kind,
    "older schema": _of_an_older_schema,
    "two images of 400 KB": _too_large,
    "no images": lambda record: {name: part for name, part in record.items() if name != "dynamodb"},
}


def _four_records(organization: StaffedOrganization) -> list[Record]:
    product = a_product(organization)
    (record,) = records_about(organization, product["id"])
    number = int(record["dynamodb"]["SequenceNumber"])
    return [
        _image_with(_with(record, SequenceNumber=str(number + place)), version={"N": str(place + 1)})
        for place in range(4)
    ]


@pytest.mark.parametrize("handler", [write_audit.handler, fan_out_webhooks.handler], ids=["audit", "webhooks"])
@pytest.mark.parametrize("make", _POISON.values(), ids=_POISON)
def test_what_can_never_be_handled_is_set_aside_whole_at_its_first_try(
    make: Any,  # noqa: ANN401 (makes a record of one)
    handler: Handler,
    failures: FailuresQueue,
) -> None:
    organization = an_organization()
    stored_endpoints(organization, ("product.*",))
    first, second, third, fourth = _four_records(organization)
    poison = make(third)
    assert run(handler, [first, second, poison, fourth]) == []
    assert failures.records() == [poison]
    done = verified_chain(organization.id) if handler is write_audit.handler else messages_of(organization.id)
    assert len(done) == 3


def test_the_largest_images_that_compress_least_fit_into_a_message(failures: FailuresQueue) -> None:
    record = _four_records(an_organization())[0]
    images = {name: {"sealed": {"B": base64.b64encode(os.urandom(400 * 1024)).decode()}} for name in _IMAGES}
    largest = _with(record, **images)
    set_aside(largest, ValueError())
    (body,) = failures.bodies()
    assert unpacked(body["record"]) == largest
    assert len(json.dumps(body)) <= 1024 * 1024


def test_what_was_refused_for_now_stays_where_it_is(failures: FailuresQueue) -> None:
    first, second, *_ = _four_records(an_organization())
    for code in ("AccessDeniedException", "ResourceNotFoundException"):
        with (
            instead_of("TransactWriteItems", partial(error_answer, code=code)),
            pytest.raises(BatchFailed),
        ):
            run(write_audit.handler, [first, second])
    assert failures.bodies() == []


def test_nothing_is_taken_for_done_while_it_cannot_be_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, *_ = _four_records(an_organization())
    monkeypatch.setenv("NEXSTOCK_QUEUE_STREAM_FAILURES", "http://127.0.0.1:9/nowhere")
    poison = poison_like(second)
    assert run(write_audit.handler, [first, poison]) == [poison["dynamodb"]["SequenceNumber"]]


def test_one_command_hands_over_what_was_set_aside(failures: FailuresQueue) -> None:
    organization = an_organization()
    records = _four_records(organization)
    for record in reversed(records):
        set_aside(record, ValueError())
    assert redrive(clients(Functions({f"{_NAME}:live": write_audit.handler})), failures.url) == 0
    assert failures.bodies() == []
    assert len(verified_chain(organization.id)) == len(records)


def test_what_fails_again_stays_in_the_queue_once(failures: FailuresQueue) -> None:
    organization = an_organization()
    first, second, *_ = _four_records(organization)
    poison = poison_like(first)
    set_aside(poison, ValueError())
    set_aside(second, ValueError())
    functions = Functions({f"{_NAME}:live": write_audit.handler})
    assert redrive(clients(functions), failures.url) == 1
    assert failures.records() == [poison]
    assert len(verified_chain(organization.id)) == 1


def test_one_command_hands_over_what_lambda_gave_up(failures: FailuresQueue) -> None:
    organization = an_organization()
    a_product(organization)
    record, *_ = records_of(organization.id)
    context = {
        "condition": "RetryAttemptsExhausted",
        "functionArn": f"arn:aws:lambda:us-east-1:000000000000:function:{_NAME}:live",
    }
    failures.put({"requestContext": context, "DDBStreamBatchInfo": place_of(record)})
    functions = Functions({f"{_NAME}:live": write_audit.handler})
    assert redrive(clients(functions), failures.url) == 0
    assert [event["Records"][0]["dynamodb"] for event in functions.invoked] == [record["dynamodb"]]
    assert failures.bodies() == []
