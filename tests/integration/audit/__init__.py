"""The audit log, on a real table."""
