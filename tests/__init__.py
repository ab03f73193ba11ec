"""The tests of NexStock; docs/testing.md says what each suite is for."""
