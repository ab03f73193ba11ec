"""Where AWS is, and clients of its services: one each per container, with bounded waits.

All are made from one session of botocore, boto3's own core: a session of boto3 beside PynamoDB's would read the
descriptions of AWS a second time, which takes longer than the rest of a client.
"""

from functools import cache
from typing import Any, Final

import botocore.session
from botocore.config import Config

from nexstock.config import aws_region

CONNECT_TIMEOUT_S: Final = 1
READ_TIMEOUT_S: Final = 3
TRIES: Final = 3


@cache
def session() -> botocore.session.Session:
    """Return the container's session, which every client is made from."""
    return botocore.session.get_session()


@cache
def client(service: str, *, tries: int = TRIES) -> Any:  # noqa: ANN401 (botocore makes the class at run time)
    """Return the container's client of a service; with `tries=1` one whose calls are never repeated in silence."""
    return session().create_client(
        service,
        region_name=aws_region(),
        config=Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"total_max_attempts": tries, "mode": "standard"},
            # Links to what KMS encrypts are good only with this one (AWS: "Specifying server-side encryption with AWS
            # KMS", Signature Version 4).
            **({"signature_version": "s3v4"} if service == "s3" else {}),
        ),
    )
