"""What the routes of an organization's keys need before a valid request."""

from typing import Final

import boto3

from nexstock.persistence.keys import data_key_rotations_partition
from tests.support.environment import table_name
from tests.support.people import StaffedOrganization


def forget_request(organization: StaffedOrganization) -> None:
    """Have nobody have asked for a rotation yet: while one is under way, another is refused."""
    key = {"PK": {"S": data_key_rotations_partition(organization.id)}, "SK": {"S": "REQUEST"}}
    boto3.client("dynamodb").delete_item(TableName=table_name("keys"), Key=key)


PREPARATIONS: Final = {("POST", "/v1/encryption/rotate"): forget_request}
