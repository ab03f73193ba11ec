"""Calls to servers that customers name, without sockets."""
