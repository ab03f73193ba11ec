"""Single sign-on: an organization's own identity provider says who its people are (OpenID Connect)."""
