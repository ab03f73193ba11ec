"""Single sign-on of an organization."""
