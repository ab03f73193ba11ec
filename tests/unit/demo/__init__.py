"""The demo business, without a platform."""
