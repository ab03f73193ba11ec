"""The local platform: an AWS endpoint on this machine that the deployment templates run against unchanged."""
