"""Problems that resources of several kinds share."""

from nexstock.errors import Conflict


class InUse(Conflict):
    """Something else needs it as it is; `usedBy` says what (409)."""

    slug, title = "in_use", "Something else needs this as it is"

    def __init__(self, used_by: str) -> None:
        super().__init__(f"it is used by: {used_by}", extensions={"usedBy": used_by})
