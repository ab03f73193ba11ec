"""Signs notes with the key of the checkpoints, and says which keys verify them.

One key signs for all organizations, each under the name of its own log, so that no checkpoint of one log passes for
one of another. Whoever signed before is still named, so that what it signed stays verifiable.
"""

from typing import Final

from nexstock.aws import client
from nexstock.clock import Clock, utc_now
from nexstock.crypto.checkpoint_keys import CHECKPOINT_KEYS_KNOWN
from nexstock_verify.notes import Checkpoint, PublicKey

_ALGORITHM: Final = "ED25519_SHA_512"
"""Pure Ed25519 (RFC 8032), which takes the message itself (AWS: Sign, `SigningAlgorithm`)."""


def public_keys(name: str, *, clock: Clock = utc_now) -> list[PublicKey]:
    """Return the keys that signed, sign or will sign under a name, such as a log's; the present one first.

    Raises:
        LookupError: the deployment has not recorded its key.
    """
    return [PublicKey(name, key.public_half) for key in CHECKPOINT_KEYS_KNOWN.all(clock())]


def signed_note(checkpoint: Checkpoint, *, clock: Clock = utc_now) -> str:
    """Return a checkpoint as a note that the present key signed; the same checkpoint gives the same note.

    Raises:
        LookupError: the deployment has not recorded its key.
    """
    return signed(checkpoint.origin, checkpoint.text, clock=clock)


def signed(name: str, text: str, *, clock: Clock = utc_now) -> str:
    """Return the note that the present key signed under a name; what the key signs is told apart by its text alone.

    Raises:
        LookupError: the deployment has not recorded its key.
    """
    key = CHECKPOINT_KEYS_KNOWN.present(clock())
    answer = client("kms").sign(KeyId=key.arn, Message=text.encode(), MessageType="RAW", SigningAlgorithm=_ALGORITHM)
    return PublicKey(name, key.public_half).signed(text, answer["Signature"])
