"""The frame of every HTTP request, once."""
