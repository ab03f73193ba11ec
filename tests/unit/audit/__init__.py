"""The audit log, without AWS."""
