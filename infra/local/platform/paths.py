"""Where the platform keeps things: everything it makes is below .local/, and nothing of it is under version control."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
LOCAL: Final = ROOT / ".local"
STATE: Final = LOCAL / "state"
BUILD: Final = LOCAL / "build"
BUILD_CACHE: Final = LOCAL / "build-cache"
LOGS: Final = LOCAL / "logs"
PLATFORM_FILE: Final = LOCAL / "platform.json"
ENGINE_PYTHON: Final = LOCAL / "venvs" / "engine" / "bin" / "python"
SAM: Final = LOCAL / "venvs" / "sam" / "bin" / "sam"
