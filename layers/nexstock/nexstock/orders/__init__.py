"""Orders: what customers bought, what is reserved for them, what was shipped, and what came back."""
