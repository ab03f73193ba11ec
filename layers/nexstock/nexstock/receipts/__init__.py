"""Receipts of what was destroyed: signed, so that who holds one can show it to anybody."""
