"""Consumers of the streams of the organizations' and the audit table."""
