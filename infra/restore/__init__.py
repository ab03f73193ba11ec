"""Brings a table back as it was at an earlier moment, and keeps dead what was ended since (docs/adr/0033)."""
