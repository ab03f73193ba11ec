"""People: registration, credentials, sessions and one-time codes."""
