"""A fault is logged by its types and places; what libraries write into messages stays out."""

import pytest

from nexstock.observability import log_fault
from tests.support.logs import logged


def _fail() -> None:
    message = "input was nxs_live_secret"
    raise ValueError(message)


def _wrap() -> None:
    try:
        _fail()
    except ValueError as error:
        message = "arn:aws:kms:secret"
        raise LookupError(message) from error


@pytest.mark.asvs("16.2.5")
def test_messages_of_exceptions_are_never_logged() -> None:
    with pytest.raises(LookupError) as caught:
        _wrap()

    with logged() as log:
        log_fault("a fault", caught.value)

    (line,) = log.lines
    assert line["error"] == ["LookupError", "ValueError"]
    assert [frame.rpartition(":")[2] for frame in line["frames"]][-1] == "_wrap"
    assert "secret" not in log.text
