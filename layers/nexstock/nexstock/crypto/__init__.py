"""Sealing and the platform's own secrets; the only package that calls KMS."""
