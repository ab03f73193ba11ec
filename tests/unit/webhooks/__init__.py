"""Webhooks, without AWS."""
