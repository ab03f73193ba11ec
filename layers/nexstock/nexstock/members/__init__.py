"""Members: people in an organization, and what they are there."""
