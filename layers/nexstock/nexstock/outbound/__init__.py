"""Calls to servers that customers name: nowhere inside anyone's network, bounded in time and size."""
