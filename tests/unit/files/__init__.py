"""Tables and their cells, without AWS."""
