"""Counts, on a real table."""
