"""Types of events, from the code that sends them."""
