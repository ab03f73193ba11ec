"""People in the organization, and their roles."""
