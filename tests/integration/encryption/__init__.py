"""Keys of organizations, as they see them themselves."""
