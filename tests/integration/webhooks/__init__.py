"""Webhooks against real engines and servers on loopback."""
