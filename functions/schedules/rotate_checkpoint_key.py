"""Every day: make the next key for checkpoints if it is time, and disable those whose successors sign.

Invoked by an operator with `{"compromised": "V0001"}` it has another key sign at once, and disables that one
(docs/runbooks/checkpoint-key.md).
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.config import checkpoint_key_tag
from nexstock.crypto.checkpoint_key_rotation import age_of_newest_key, replace_checkpoint_key, rotate_checkpoint_key
from nexstock.key_ages import tell_key_age
from nexstock.key_policies import checkpoint_key_age
from nexstock.observability import logger


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Rotate what is due, and say what was done.

    Raises:
        LookupError: there is no such version as an operator named.
    """
    now, max_age = utc_now(), checkpoint_key_age()
    if "compromised" in event:
        rotation = replace_checkpoint_key(str(event["compromised"]), now, signs=checkpoint_key_tag())
    else:
        rotation = rotate_checkpoint_key(now, max_age, signs=checkpoint_key_tag())
    done = asdict(rotation)
    logger.info("checkpoint key rotated", **done)
    tell_key_age("checkpoints", age_of_newest_key(now), max_age)
    return done
