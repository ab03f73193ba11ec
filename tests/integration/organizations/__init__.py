"""Tests of organizations against a real DynamoDB engine."""
