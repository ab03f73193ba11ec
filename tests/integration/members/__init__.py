"""Tests of members against a real DynamoDB engine."""
