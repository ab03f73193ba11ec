"""What NexStock relies on in AWS and the local endpoint must therefore do: one file per correction."""
