"""The HTTP frame, with handlers and tables below it."""
