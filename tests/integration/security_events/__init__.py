"""Security events, on real tables."""
