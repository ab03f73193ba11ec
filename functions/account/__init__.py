"""The signed-in person: sessions and password."""
