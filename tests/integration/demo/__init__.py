"""The demo business, made through the API."""
