"""API keys, without AWS."""
