"""Mails, without AWS."""
