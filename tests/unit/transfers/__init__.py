"""Transfers, without a table."""
