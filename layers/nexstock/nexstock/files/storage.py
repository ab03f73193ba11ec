"""Files of organizations in S3: the only module that calls it, beside the archive of audit logs.

A file lies at `<area>/<organization>/<name>`. The area comes first, because how long files are kept is decided by the
beginning of their keys (infra/data.yaml), and so is which role reaches them (infra/access.yaml).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self

from nexstock.aws import client
from nexstock.config import files_bucket
from nexstock.files.links import LINK_LIFETIME, Link, UploadForm
from nexstock.ids import OrganizationId, is_id

_CHUNK_BYTES: Final = 1 << 20
_PART_BYTES: Final = 8 << 20
"""At least 5 MB but for the last, and at most 10,000 of them (AWS: "Amazon S3 multipart upload limits")."""

_MISSING: Final = frozenset({403, 404})
"""Without the permission to list a bucket S3 says 403 of a key that nothing has (AWS: HeadObject, "Permissions")."""

_GONE: Final = frozenset({404, 412})


class Area(StrEnum):
    """What files are for, and so for how long they are kept."""

    IMPORTS = "imports"
    EXPORTS = "exports"


class FileGone(Exception):  # noqa: N818 (names the fact)
    """A file was replaced or removed since it was found."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One state of a file; `etag` is another one once its content is."""

    etag: str
    size: int


class FileStore:
    """The files of exactly one organization in one area; no method takes an organization id."""

    def __init__(self, organization_id: OrganizationId, area: Area) -> None:
        if not is_id(organization_id, "org"):
            message = "not an organization id"
            raise ValueError(message)
        self._prefix = f"{area}/{organization_id}"

    def put(self, name: str, content: bytes, *, media_type: str) -> StoredFile:
        """Store a file and return it."""
        answer = _s3().put_object(**self._place(name), Body=content, ContentType=media_type)
        return StoredFile(answer["ETag"], len(content))

    def find(self, name: str) -> StoredFile | None:
        """Return the file as it is now, if there is one."""
        try:
            answer = _s3().head_object(**self._place(name))
        except _s3().exceptions.ClientError as error:
            if _status_of(error) not in _MISSING:
                raise
            return None
        return StoredFile(answer["ETag"], int(answer["ContentLength"]))

    def chunks(self, name: str, file: StoredFile, *, start: int = 0) -> Iterator[bytes]:
        """Give the content from an offset on, a bounded piece at a time.

        Raises:
            FileGone: it is not what it was when it was found.
        """
        for offset in range(start, file.size, _CHUNK_BYTES):
            wanted = f"bytes={offset}-{min(offset + _CHUNK_BYTES, file.size) - 1}"
            try:
                answer = _s3().get_object(**self._place(name), Range=wanted, IfMatch=file.etag)
            except _s3().exceptions.ClientError as error:
                if _status_of(error) not in _GONE:
                    raise
                raise FileGone from None
            yield bytes(answer["Body"].read())

    def upload_form(self, name: str, *, media_type: str, max_bytes: int, now: datetime) -> UploadForm:
        """Return a form that stores this one file, of a bounded size, and nothing else.

        AWS: "Browser-Based Uploads Using POST"; a pre-signed PUT could not bound the size.
        """
        form = _s3().generate_presigned_post(
            **self._place(name),
            Fields={"Content-Type": media_type},
            Conditions=[{"Content-Type": media_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=int(LINK_LIFETIME.total_seconds()),
        )
        return UploadForm(form["url"], form["fields"], now + LINK_LIFETIME)

    def link(self, name: str, *, save_as: str, now: datetime) -> Link:
        """Return a link by which a file is downloaded under a name."""
        url = _s3().generate_presigned_url(
            "get_object",
            Params={**self._place(name), "ResponseContentDisposition": f'attachment; filename="{save_as}"'},
            ExpiresIn=int(LINK_LIFETIME.total_seconds()),
        )
        return Link(url, now + LINK_LIFETIME)

    def writer(self, name: str, *, media_type: str) -> "FileWriter":
        """Return a writer of a file that is there, as a whole, once the writer's block has ended well."""
        return FileWriter(self._place(name), media_type)

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is removed already."""
        _s3().delete_object(**self._place(name))

    def _place(self, name: str) -> dict[str, str]:
        return {"Bucket": files_bucket(), "Key": f"{self._prefix}/{name}"}


class FileWriter:
    """Writes a file of any size with bounded memory; what ends with an exception leaves nothing.

    What a crash leaves are parts that nobody can read, and the bucket removes them a day later.
    """

    def __init__(self, place: dict[str, str], media_type: str) -> None:
        self._place = place
        self._media_type = media_type
        self._buffer = bytearray()
        self._etags: list[str] = []
        self.size = 0

    def __enter__(self) -> Self:
        """Begin the upload."""
        started = _s3().create_multipart_upload(**self._place, ContentType=self._media_type)
        self._upload = {**self._place, "UploadId": started["UploadId"]}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Make the file of what was written, or give it up."""
        if kind is not None:
            _s3().abort_multipart_upload(**self._upload)
            return
        self._send_part(len(self._buffer))
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(self._etags, start=1)]
        _s3().complete_multipart_upload(**self._upload, MultipartUpload={"Parts": parts})

    def write(self, content: bytes) -> int:
        """Add to the file's end and return how many bytes that were."""
        self._buffer += content
        self.size += len(content)
        while len(self._buffer) >= _PART_BYTES:
            self._send_part(_PART_BYTES)
        return len(content)

    def flush(self) -> None:
        """Do nothing: parts have a least size, so that what was written waits for more."""

    def _send_part(self, size: int) -> None:
        number = len(self._etags) + 1
        part: Any = _s3().upload_part(**self._upload, PartNumber=number, Body=bytes(self._buffer[:size]))
        self._etags.append(part["ETag"])
        del self._buffer[:size]


def _s3() -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    return client("s3")


def _status_of(error: Any) -> int:  # noqa: ANN401 (botocore's errors are untyped)
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
