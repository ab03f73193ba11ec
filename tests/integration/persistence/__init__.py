"""Persistence, on a real table."""
