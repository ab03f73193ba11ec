"""NexStock's shared layer: everything that has a reason to be right only once."""

__version__ = "0.1.0"
