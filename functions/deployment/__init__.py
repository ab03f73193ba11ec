"""What runs with a deployment."""
