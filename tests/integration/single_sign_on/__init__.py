"""Single sign-on against real engines, a DNS server, and identity providers on loopback."""
