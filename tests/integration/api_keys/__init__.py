"""API keys, on a real table."""
