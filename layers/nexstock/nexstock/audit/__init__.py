"""The audit log: one hash chain per organization, written from the table's stream."""
