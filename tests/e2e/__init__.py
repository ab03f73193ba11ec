"""Over HTTP, against the deployed local stack."""
