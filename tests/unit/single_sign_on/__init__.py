"""Single sign-on, without AWS."""
