"""Imports on the platform."""
