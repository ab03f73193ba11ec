"""The keys of an organization, as it sees them itself: their age, their rotation, and the evidence of it."""
