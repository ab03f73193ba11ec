"""What a restore brings back, and what it leaves dead."""
