"""Customers: whom an organization sells to."""
