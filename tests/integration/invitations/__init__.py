"""Tests of invitations against a real DynamoDB engine."""
