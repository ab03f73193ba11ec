"""People, without AWS."""
