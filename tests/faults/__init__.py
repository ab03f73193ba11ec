"""Crashes, duplicates, reordering, poison."""
