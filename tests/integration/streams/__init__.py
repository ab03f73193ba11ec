"""The consumers of the table's stream, on records that a real stream gave."""
