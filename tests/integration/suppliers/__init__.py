"""Suppliers, on a real table."""
