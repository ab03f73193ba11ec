"""Webhooks: endpoints, messages, signed attempts."""
