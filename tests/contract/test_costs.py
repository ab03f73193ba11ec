"""docs/costs.md and the templates: what is counted there is what is deployed, and its sums are right."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import pytest

from tests.contract.test_stack import NESTED
from tests.support.templates import ROOT, functions, resources

_COSTS: Final = (ROOT / "docs/costs.md").read_text()
_HOURS: Final = 730


def _tables() -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the heading and the rows of each table that ends in a sum."""
    for section in _COSTS.split("\n## ")[1:]:
        rows = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
        ]
        if rows:
            yield section.partition("\n")[0], rows


def _amount(cell: str) -> Decimal:
    return Decimal(cell.strip("*").replace(",", "") or "0")


def _row(what: str) -> list[str]:
    (row,) = [row for _heading, rows in _tables() for row in rows if row[0] == what]
    return row


def _number_of(kind: str) -> int:
    return sum(len(resources(name, of_type=kind)) for name in NESTED)


def _watched() -> int:
    """Return how many metrics the alarms are on; one of several computes from all of them."""
    alarms = [
        each["Properties"] for name in NESTED for each in resources(name, of_type="AWS::CloudWatch::Alarm").values()
    ]
    return sum(sum("MetricStat" in part for part in alarm.get("Metrics", ())) or 1 for alarm in alarms)


@pytest.mark.parametrize(("heading", "rows"), list(_tables()), ids=[heading for heading, _rows in _tables()])
def test_the_sums_are_right(heading: str, rows: list[list[str]]) -> None:
    _names, _line, *parts, total = rows
    for column in range(2, len(total)):
        assert sum(_amount(row[column]) for row in parts) == _amount(total[column]), heading


def test_what_is_paid_by_the_piece_is_what_the_templates_have() -> None:
    keys = _number_of("AWS::KMS::Key")
    assert [_amount(cell) for cell in _row("keys")[2:]] == [keys - 1, keys, keys], "one is the network's"
    (acl,) = resources("infra/edge.yaml", of_type="AWS::WAFv2::WebACL").values()
    assert f"each of {len(acl['Properties']['Rules'])} rules" in _row("web application firewall")[1]
    alarms = _row("alarms")[1]
    assert alarms.startswith(
        f"{_number_of('AWS::CloudWatch::Alarm')} on {_watched()} metrics at $0.10, and one of alarms"
    )
    assert _number_of("AWS::CloudWatch::CompositeAlarm") == 1
    polled = {
        str(event["Properties"]["Queue"])
        for function in functions().values()
        for event in function.get("Events", {}).values()
        if event["Type"] == "SQS"
    }
    assert _row("polling of queues")[1].startswith(f"{len(polled)} queues,")


def test_what_is_paid_by_the_hour_is_what_the_templates_have() -> None:
    endpoints = resources("infra/network.yaml", of_type="AWS::EC2::VPCEndpoint").values()
    interfaces = sum(each["Properties"]["VpcEndpointType"] == "Interface" for each in endpoints)
    assert _row("interface endpoints")[1].startswith(f"{interfaces} in 3 zones")
    assert _amount(_row("interface endpoints")[2]) == 0
    for what in ("network firewall", "address translation", "public addresses"):
        (price,) = re.findall(r"\$([0-9.]+) an hour", _row(what)[1])
        assert [_amount(cell) for cell in _row(what)[2:]] == [zones * _HOURS * Decimal(price) for zones in (0, 1, 3)]
    (price,) = re.findall(r"\$([0-9.]+) an hour", _row("interface endpoints")[1])
    assert _amount(_row("interface endpoints")[3]) == interfaces * 3 * _HOURS * Decimal(price)
