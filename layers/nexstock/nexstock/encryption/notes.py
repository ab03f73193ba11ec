"""Notes that rotations of data keys are to go on; apart from the rotation itself, which loads all of cryptography."""

from typing import Final

from nexstock.background import SendNote
from nexstock.organizations.repository import SHARDS

QUEUE: Final = "DATA_KEY_ROTATIONS"


def begin_rotations(*, send: SendNote) -> None:
    """Queue that all organizations are looked at."""
    for shard in range(SHARDS):
        send(QUEUE, {"shard": str(shard)})
