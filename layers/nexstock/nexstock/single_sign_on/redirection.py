"""Where identity providers send browsers back to: a page of our web client, which then calls the API."""

from typing import Final

from nexstock.config import HttpSettings

REDIRECT_URI: Final = f"{HttpSettings.from_env().allowed_origin}/sso/callback"
