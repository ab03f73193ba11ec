"""Problems of an organization's keys."""

from nexstock.errors import Conflict


class RotationRunning(Conflict):
    """Its keys are being replaced already (409)."""

    slug, title = "rotation_running", "The keys are being replaced already"
