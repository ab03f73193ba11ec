"""The platform on one's own machine: set up, start, seed, prove, stop."""
