"""Problems of invitations."""

from http import HTTPStatus

from nexstock.errors import Problem


class InvalidInvitation(Problem):
    """The invitation is unknown, spent, revoked or too old (422); it does not say which."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_invitation", "The invitation is not valid"
