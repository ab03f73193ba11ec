"""Templates and the local platform of NexStock."""
