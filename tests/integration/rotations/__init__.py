"""What rotations of secrets ask for."""
