"""Problems of webhooks."""

from nexstock.errors import Conflict


class EndpointDisabled(Conflict):
    """Nothing is sent to an endpoint that is disabled or deleted (409)."""

    slug, title = "endpoint_disabled", "The webhook endpoint is disabled or deleted"


class TooManyAttempts(Conflict):
    """The message has had as many attempts as one message gets, those that were asked for included (409)."""

    slug, title = "too_many_attempts", "This message was sent too often"


class SecretAlreadyShown(Conflict):
    """The endpoint's present secret was shown to whoever made or took it, and is never shown again (409)."""

    slug, title = "secret_already_shown", "This secret has been shown, and is not shown again"
