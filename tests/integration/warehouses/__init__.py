"""Warehouses, on a real table."""
