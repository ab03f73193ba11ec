"""The key that signs the checkpoints of audit logs: Ed25519, made in KMS, which never lets it out.

One key signs for all organizations, each under the name of its own log, so that no checkpoint of one log passes for
one of another. KMS does not rotate asymmetric keys by itself; who signed before is still named, so that what it signed
stays verifiable (docs/runbooks/checkpoint-key.md).
"""

from functools import cache
from typing import Final

from nexstock.aws import client
from nexstock.config import checkpoint_key_arns
from nexstock_verify.notes import Checkpoint, PublicKey

_ALGORITHM: Final = "ED25519_SHA_512"
"""Pure Ed25519 (RFC 8032), which takes the message itself (AWS: Sign, `SigningAlgorithm`)."""

_PREFIX: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in DER (RFC 8410, section 4)."""


def public_keys(log: str) -> list[PublicKey]:
    """Return the keys under which a log's checkpoints are signed, the present one first."""
    return [PublicKey(log, _public_half(arn)) for arn in checkpoint_key_arns()]


def signed_note(checkpoint: Checkpoint) -> str:
    """Return a checkpoint as a note that the present key signed; the same checkpoint gives the same note."""
    return signed(checkpoint.origin, checkpoint.text)


def signed(name: str, text: str) -> str:
    """Return the note that the present key signed under a name; what the key signs is told apart by its text alone."""
    answer = client("kms").sign(
        KeyId=checkpoint_key_arns()[0], Message=text.encode(), MessageType="RAW", SigningAlgorithm=_ALGORITHM
    )
    return public_keys(name)[0].signed(text, answer["Signature"])


@cache
def _public_half(arn: str) -> bytes:
    encoded = bytes(client("kms").get_public_key(KeyId=arn)["PublicKey"])
    if not encoded.startswith(_PREFIX):
        message = "the key of the checkpoints is not an Ed25519 key"
        raise ValueError(message)
    return encoded.removeprefix(_PREFIX)
