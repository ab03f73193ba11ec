"""Registration, sign-in and sessions."""
