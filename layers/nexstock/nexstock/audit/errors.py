"""Problems of the audit log."""

from nexstock.errors import Conflict


class NotYetSigned(Conflict):
    """No checkpoint covers the entry yet (409); the next one is made within the hour."""

    slug, title = "not_yet_signed", "No checkpoint covers this entry yet"
