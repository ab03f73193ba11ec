"""A believable business for an organization: made through the public API, of the local platform or of any other."""
