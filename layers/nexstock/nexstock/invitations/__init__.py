"""Invitations: a mailed secret that makes its reader a member."""
