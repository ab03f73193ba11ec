"""Problems of imports."""

from nexstock.errors import Conflict


class UploadMissing(Conflict):
    """The import's file was not uploaded yet (409)."""

    slug, title = "upload_missing", "The file was not uploaded"


class ImportEnded(Conflict):
    """The import is done, has failed or was cancelled (409)."""

    slug, title = "import_ended", "The import has ended"
