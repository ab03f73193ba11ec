"""Exports: what an organization owns, as files that it can take elsewhere."""
