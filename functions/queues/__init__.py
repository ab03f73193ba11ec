"""Consumers of queues."""
