"""Transfers, on a real table."""
