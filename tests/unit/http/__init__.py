"""The HTTP frame, without AWS."""
