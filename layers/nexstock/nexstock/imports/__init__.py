"""Imports: tables that become changes of an organization's resources, a row at a time, in the background."""
