"""An organization's keys on the wire."""

from nexstock.http.schemas import Instant, View


class RotationView(View):
    """Since when the keys are to be replaced."""

    requested_at: Instant
