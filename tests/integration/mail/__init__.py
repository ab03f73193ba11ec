"""Mails, through the queue to the mail service."""
