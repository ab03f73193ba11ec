"""For how long keys, and what was made with them, are good: what others have to reckon with."""

from datetime import timedelta
from typing import Final

CURSORS_LIVE: Final = timedelta(days=1)
"""For how long a cursor is good at least."""

PUBLISHED_AHEAD: Final = timedelta(days=1)
"""How long a key is known to receivers before it signs: as long as they may keep what was published."""

OVERLAP: Final = timedelta(days=30)
"""How long a key signs beside its successor, for receivers that were given it by hand."""

OPENED_KEYS_LIVE: Final = timedelta(minutes=5)
"""For how long a container may go on with an opened key that has a successor, or was destroyed."""
