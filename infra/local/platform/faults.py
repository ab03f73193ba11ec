"""What can go wrong on a person's machine, said in words that they can act on."""


class PlatformFault(Exception):  # noqa: N818 (what a person is told)
    """A foreseeable fault; its message tells a person what happened and what to do. Never shown with a trace."""
