"""Suppliers: whom an organization buys from."""
