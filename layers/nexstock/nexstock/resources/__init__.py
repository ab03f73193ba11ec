"""What the things that an organization keeps have in common: versions, unique values, and 30 days after the delete."""
