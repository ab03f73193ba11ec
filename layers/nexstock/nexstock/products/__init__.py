"""The catalogue: what an organization sells."""
