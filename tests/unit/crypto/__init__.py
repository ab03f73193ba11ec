"""What the platform's secrets are made into, without the database."""
