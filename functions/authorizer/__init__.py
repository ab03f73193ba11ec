"""The front door of the API."""
