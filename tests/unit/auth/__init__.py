"""Credentials, without AWS."""
