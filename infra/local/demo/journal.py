"""What was done already, so that a run goes on where another stopped: one line of a file for each answer."""

import json
import threading
from pathlib import Path
from typing import Final

REFUSED: Final = "refused"
"""In the place of an id, where the platform refused a step for a reason of its business."""


class Journal:
    """The answers of one organization by the key of their request; a line is written before its answer is used."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._done: dict[str, str] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                self._take(line)
        self._file = path.open("a")

    @property
    def refusals(self) -> int:
        """How many steps were refused."""
        return sum(identifier == REFUSED for identifier in self._done.values())

    def find(self, key: str) -> str | None:
        """Return the id that a request was answered with, if it was."""
        return self._done.get(key)

    def note(self, key: str, identifier: str) -> None:
        """Write an answer down."""
        with self._lock:
            self._done[key] = identifier
            self._file.write(f"{json.dumps([key, identifier])}\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _take(self, line: str) -> None:
        try:
            key, identifier = json.loads(line)
        except ValueError:
            # The run before was killed in the middle of its last line, whose request is therefore sent again.
            return
        self._done[key] = identifier
