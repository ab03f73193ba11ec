"""Persistence, without AWS."""
