"""S3: forms and links are worth what their signatures say, and what a template locks is locked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import REGION, ROOT_CREDENTIALS, LocalEndpoint, running_endpoint

_BUCKET = "forms"
_LOCKED = """
Resources:
  Archive:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: archive
      ObjectLockEnabled: true
      ObjectLockConfiguration:
        ObjectLockEnabled: Enabled
        Rule: {DefaultRetention: {Mode: COMPLIANCE, Days: 365}}
      VersioningConfiguration: {Status: Enabled}
"""
_KEY = "imports/org_01JD0000000000000000000000/imp_1"


@pytest.fixture(scope="module")
def enforcing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """Run an endpoint that enforces signatures, with a bucket."""
    with running_endpoint(tmp_path_factory.mktemp("enforcing"), NEXSTOCK_LOCAL_AUTH="1") as endpoint:
        endpoint.client("s3").create_bucket(Bucket=_BUCKET)
        yield endpoint


def _signer(endpoint: LocalEndpoint) -> Any:  # noqa: ANN401 (boto3 is untyped)
    key_id, secret, _ = ROOT_CREDENTIALS
    return boto3.client(
        "s3",
        endpoint_url=endpoint.url,
        region_name=REGION,
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4"),
    )


def _post(endpoint: LocalEndpoint, **fields: str) -> int:
    conditions = [["content-length-range", 1, 10]]
    form = _signer(endpoint).generate_presigned_post(_BUCKET, _KEY, Conditions=conditions)
    file = {"file": ("a.csv", b"sku,name", "text/csv")}
    return httpx.post(form["url"], data={**form["fields"], **fields}, files=file).status_code


def test_form_is_refused_with_another_signature_credential_or_date(enforcing: LocalEndpoint) -> None:
    assert _post(enforcing) == 204
    forged = {
        "x-amz-signature": "0" * 64,
        "x-amz-credential": "other/20260101/us-east-1/s3/aws4_request",
        "x-amz-date": "20260101T000000Z",
    }
    for name, value in forged.items():
        assert _post(enforcing, **{name: value}) in {400, 403}, name


def test_link_is_refused_for_another_key(enforcing: LocalEndpoint) -> None:
    url = _signer(enforcing).generate_presigned_url("get_object", Params={"Bucket": _BUCKET, "Key": _KEY})
    enforcing.client("s3").put_object(Bucket=_BUCKET, Key=_KEY, Body=b"sku,name")
    assert httpx.get(url).status_code == 200
    assert httpx.get(url.replace("imp_1", "imp_2")).status_code == 403


def test_bucket_that_a_template_locks_keeps_its_objects(enforcing: LocalEndpoint) -> None:
    enforcing.deploy("archive", _LOCKED)
    enforcing.deploy("archive", _LOCKED.replace("365", "366"))
    s3 = enforcing.client("s3")
    for parameters in (
        {},
        {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": datetime.now(UTC) + timedelta(days=400)},
    ):
        version = s3.put_object(Bucket="archive", Key="kept", Body=b"x", **parameters)["VersionId"]
        head = s3.head_object(Bucket="archive", Key="kept", VersionId=version)
        assert head["ObjectLockMode"] == "COMPLIANCE"
        assert head["ObjectLockRetainUntilDate"] > datetime.now(UTC) + timedelta(days=365)
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket="archive", Key="kept", VersionId=version, BypassGovernanceRetention=True)


def test_object_is_put_once_if_it_has_to_be_new(enforcing: LocalEndpoint) -> None:
    s3 = enforcing.client("s3")
    s3.put_object(Bucket=_BUCKET, Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=_BUCKET, Key="once", Body=b"second", IfNoneMatch="*")
    assert s3.get_object(Bucket=_BUCKET, Key="once")["Body"].read() == b"first"
