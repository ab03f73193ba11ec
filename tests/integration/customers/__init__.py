"""Customers, on a real table."""
