"""`python -m nexstock_verify`: the command, where it is not installed."""

import sys

from nexstock_verify.command import main

sys.exit(main())
