"""Reports: sums over levels and movements, each request reading a bounded part and carrying the sums to the next."""
