"""Mails to people, through a queue."""
