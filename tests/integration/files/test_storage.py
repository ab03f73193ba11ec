"""Files: a form stores one file of a bounded size, a link shows one file, and a half-written one is nowhere."""

import contextlib
import secrets

import httpx
import pytest

from nexstock.aws import client
from nexstock.clock import utc_now
from nexstock.config import files_bucket
from nexstock.files.links import LINK_LIFETIME, UploadForm
from nexstock.files.storage import Area, FileGone, FileStore
from nexstock.ids import OrganizationId, new_id

_MEDIA_TYPE = "text/csv"


@pytest.fixture
def store() -> FileStore:
    """Return the imports of a new organization."""
    return FileStore(OrganizationId(new_id("org", utc_now())), Area.IMPORTS)


def _form(store: FileStore, name: str, max_bytes: int = 100) -> UploadForm:
    return store.upload_form(name, media_type=_MEDIA_TYPE, max_bytes=max_bytes, now=utc_now())


def _post(form: UploadForm, content: bytes, **fields: str) -> int:
    data = {**form.fields, **fields}
    return httpx.post(form.url, data=data, files={"file": ("a.csv", content, _MEDIA_TYPE)}).status_code


def _content(store: FileStore, name: str, start: int = 0) -> bytes:
    file = store.find(name)
    assert file is not None
    return b"".join(store.chunks(name, file, start=start))


def _name() -> str:
    return secrets.token_hex(8)


def test_form_stores_the_file_that_it_was_made_for(store: FileStore) -> None:
    name = _name()

    assert _post(_form(store, name), b"x" * 100) == 204
    assert _content(store, name) == b"x" * 100


@pytest.mark.parametrize("content", [b"", b"x" * 101], ids=["empty", "too large"])
def test_form_refuses_a_file_of_another_size(store: FileStore, content: bytes) -> None:
    name = _name()

    assert _post(_form(store, name), content) == 400
    assert store.find(name) is None


@pytest.mark.parametrize("changed", ["key", "Content-Type", "policy"])
def test_form_with_another_field_stores_nothing(store: FileStore, changed: str) -> None:
    name, other = _name(), _name()
    form = _form(store, name)

    assert _post(form, b"x", **{changed: form.fields["key"].replace(name, other)}) in {400, 403}
    assert store.find(name) is store.find(other) is None


def test_form_says_until_when_it_is_good(store: FileStore) -> None:
    now = utc_now()

    assert store.upload_form(_name(), media_type=_MEDIA_TYPE, max_bytes=1, now=now).expires_at == now + LINK_LIFETIME


def test_link_shows_the_file_and_no_other(store: FileStore) -> None:
    name, other = _name(), _name()
    for each in (name, other):
        store.put(each, each.encode(), media_type=_MEDIA_TYPE)
    link = store.link(name, save_as="products.csv", now=utc_now())

    shown = httpx.get(link.url)
    assert (shown.status_code, shown.text) == (200, name)
    assert shown.headers["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert httpx.get(link.url.replace(name, other)).status_code == 403
    assert httpx.put(link.url, content=b"x").status_code == 403


def test_content_is_read_from_any_place_on(store: FileStore) -> None:
    name, content = _name(), secrets.token_bytes((2 << 20) + 17)
    store.put(name, content, media_type=_MEDIA_TYPE)

    for start in (0, 1, 1 << 20, len(content) - 1, len(content)):
        assert _content(store, name, start) == content[start:]


def test_file_that_was_replaced_or_removed_is_not_read_on(store: FileStore) -> None:
    name = _name()
    file = store.put(name, b"first", media_type=_MEDIA_TYPE)
    for change in (lambda: store.put(name, b"later", media_type=_MEDIA_TYPE), lambda: store.remove(name)):
        change()
        with pytest.raises(FileGone):
            list(store.chunks(name, file))


def test_large_file_is_written_piece_by_piece(store: FileStore) -> None:
    name, piece = _name(), secrets.token_bytes(3 << 20)
    with store.writer(name, media_type=_MEDIA_TYPE) as writer:
        for _ in range(6):
            writer.write(piece)
            assert store.find(name) is None

    assert writer.size == 18 << 20
    assert _content(store, name) == piece * 6


def test_file_whose_writing_failed_is_nowhere(store: FileStore) -> None:
    name = _name()
    with contextlib.suppress(ZeroDivisionError), store.writer(name, media_type=_MEDIA_TYPE) as writer:
        writer.write(b"x" * (9 << 20))
        raise ZeroDivisionError

    assert store.find(name) is None
    assert "Uploads" not in client("s3").list_multipart_uploads(Bucket=files_bucket(), Prefix=name)


def test_organizations_never_share_a_file(store: FileStore) -> None:
    name = _name()
    store.put(name, b"x", media_type=_MEDIA_TYPE)

    assert FileStore(OrganizationId(new_id("org", utc_now())), Area.IMPORTS).find(name) is None


@pytest.mark.parametrize("text", ["", "org_", "../org_01JD0000000000000000000000", "org_01JD0000000000000000000000/x"])
def test_what_is_no_organization_has_no_files(text: str) -> None:
    with pytest.raises(ValueError, match="not an organization id"):
        FileStore(OrganizationId(text), Area.EXPORTS)
