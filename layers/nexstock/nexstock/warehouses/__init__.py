"""Warehouses: where an organization keeps its stock."""
