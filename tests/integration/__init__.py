"""Handlers and repositories against a real DynamoDB engine."""
