"""Purchase orders: what an organization buys from its suppliers."""
