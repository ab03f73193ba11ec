"""Writes the OpenAPI document (`make openapi`): the layer needs a deployment's settings to be imported at all."""

import sys

from tests.support import environment

environment.apply()

from infra import openapi  # noqa: E402 (reads its settings when it is imported)

if __name__ == "__main__":
    sys.exit(openapi.main())
