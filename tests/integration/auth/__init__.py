"""Credentials, on a real table."""
