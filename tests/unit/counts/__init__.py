"""Counts, without a table."""
