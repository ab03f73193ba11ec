"""Consumers of the organizations' table stream."""
