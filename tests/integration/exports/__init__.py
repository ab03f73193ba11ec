"""Exports on the platform."""
