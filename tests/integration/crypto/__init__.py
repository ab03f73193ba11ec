"""Sealing, on a real table."""
