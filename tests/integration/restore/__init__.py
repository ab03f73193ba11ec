"""The restore's command against tables that can go back in time."""
