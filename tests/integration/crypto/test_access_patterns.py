"""What the rotations of the keys that sign ask of DynamoDB and KMS, as docs/access-patterns.md says."""

from datetime import timedelta

from nexstock.crypto.checkpoint_key_rotation import DISABLED_AFTER, PUBLISHED_AHEAD, rotate_checkpoint_key
from nexstock.crypto.signing_key_rotation import replace_compromised_keys, rotate_signing_keys
from tests.support import checkpoint_keys
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, cost_of, priced
from tests.support.environment import CHECKPOINT_KEY_TAG
from tests.support.signing_keys import START, kids, own_signing_keys
from tests.support.token_load import MAX_AGE


def test_rotating_signing_keys_is_a_query_and_a_write_for_what_is_due() -> None:
    later = START + MAX_AGE + timedelta(days=2)
    with own_signing_keys():
        costs = []
        for now in (START, START + MAX_AGE, later):
            with recorded_calls() as recording:
                rotate_signing_keys(now, MAX_AGE)
            costs.append(cost_of(recording))
        compromised = kids()
        with recorded_calls() as recording:
            replace_compromised_keys(compromised, later)
    assert costs == [priced(["Query"], 1, 0), priced(["Query", "PutItem"], 1, 1), priced(["Query", "DeleteItem"], 1, 1)]
    assert cost_of(recording) == priced(["Query", "PutItem", "DeleteItem"], 1, 2)


def test_rotating_the_checkpoint_key_is_a_query_and_two_writes_for_a_new_key() -> None:
    max_age = timedelta(days=730)
    due = checkpoint_keys.START + max_age

    def cost_at(days: timedelta) -> Cost:
        with recorded_calls("kms") as recording:
            rotate_checkpoint_key(due + days, max_age, signs=CHECKPOINT_KEY_TAG)
        return cost_of(recording)

    with checkpoint_keys.own_checkpoint_keys():
        assert cost_at(-timedelta(days=1)) == priced(["Query"], 1, 0)
        # The client that makes the key is another one, which tries once.
        assert cost_at(timedelta()) == priced(["Query", "PutItem", "GetPublicKey", "UpdateItem"], 1, 2)
        assert cost_at(PUBLISHED_AHEAD + DISABLED_AFTER) == priced(["Query", "DisableKey", "UpdateItem"], 1, 1)
