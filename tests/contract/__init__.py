"""Template, code and documents agree."""
