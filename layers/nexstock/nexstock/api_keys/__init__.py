"""API keys: credentials of a customer's own systems."""
