"""Exports, without a table."""
