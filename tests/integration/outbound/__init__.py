"""Calls to servers that customers name, with real sockets."""
