"""Counts: what people find in a warehouse, beside what its levels say."""
