"""The password that is stored of a person, if one is: whoever comes by single sign-on alone has none."""

from nexstock.auth.passwords import PasswordHash
from nexstock.identity.items import RegistrationItem, UserItem


def stored_password(known: UserItem | RegistrationItem | None) -> PasswordHash | None:
    """Return what a typed password is compared with; None compares as long and equals nothing."""
    if known is None or known.password_hash is None or known.pepper_version is None:
        return None
    return PasswordHash(known.password_hash, known.pepper_version)
