"""S3 on an endpoint that enforces signatures: forms and links are worth what their signatures say."""

from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

from tests.conformance.local_endpoint import REGION, ROOT_CREDENTIALS, LocalEndpoint, running_endpoint

_BUCKET = "forms"
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
