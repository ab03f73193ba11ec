"""Every day: publish the next key for access tokens if it is time, and remove those whose last token has ended.

Invoked by an operator with `{"compromised": ["<kid>", ...]}` it replaces keys that others may know, at once
(docs/runbooks/key-compromise.md).
"""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.crypto.signing_key_rotation import age_of_newest, replace_compromised_keys, rotate_signing_keys
from nexstock.key_ages import tell_key_age
from nexstock.key_policies import signing_key_age
from nexstock.observability import logger


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Rotate, and say what was done.

    Raises:
        TypeError: what an operator sent is not a list of texts.
    """
    now, max_age = utc_now(), signing_key_age()
    if "compromised" in event:
        rotation = replace_compromised_keys(_kids(event["compromised"]), now)
    else:
        rotation = rotate_signing_keys(now, max_age)
    done = asdict(rotation)
    logger.info("signing keys rotated", **done)
    tell_key_age("access_tokens", age_of_newest(now), max_age)
    return done


def _kids(compromised: Any) -> list[str]:  # noqa: ANN401 (what an operator sent)
    if not isinstance(compromised, list) or not all(isinstance(kid, str) for kid in compromised):
        message = "compromised has to be a list of texts"
        raise TypeError(message)
    return compromised
