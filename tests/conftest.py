"""Fixtures of every suite: the environment first, then the engines, each started once and only if asked for."""

from tests.support import environment

environment.apply()

import os  # noqa: E402 (the layer reads its settings when it is imported)
from collections.abc import Iterator  # noqa: E402
from datetime import timedelta  # noqa: E402

import boto3  # noqa: E402
import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from tests.support import engines, name_server  # noqa: E402


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Have tests stay together that share what takes long to make."""
    from tests.support.workers import Scheduling  # noqa: PLC0415 (not needed, nor there, with one process)

    return Scheduling(config, log)


# How long an example takes says more of the machine, and of what else it does, than of the code.
settings.register_profile("nexstock", deadline=None)
settings.load_profile("nexstock")


_READ_THE_STREAM = frozenset({"tests.support.records", "tests.support.webhooks"})


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Have the table's stream written for the tests of a module that reads it."""
    module = item.getparent(pytest.Module)
    names = vars(module.obj).values() if module is not None else ()
    engines.STREAMING.want(any(getattr(each, "__module__", None) in _READ_THE_STREAM for each in names))


@pytest.fixture(scope="session")
def engine() -> Iterator[str]:
    """Run the engines, with the stack's tables, queues and key; give the AWS endpoint's address."""
    with engines.aws_endpoint() as address, engines.dynamodb() as dynamodb_address:
        os.environ["AWS_ENDPOINT_URL"] = address
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = dynamodb_address or address
        engines.create_tables(boto3.client("dynamodb"))
        engines.create_queues_bucket_and_key(address)
        yield address
        del os.environ["AWS_ENDPOINT_URL"], os.environ["AWS_ENDPOINT_URL_DYNAMODB"]


@pytest.fixture(scope="session")
def platform(engine: str) -> str:
    """Provision the platform's secrets and signing key, as a deployment does."""
    name_server.start()
    from nexstock.clock import utc_now  # noqa: PLC0415 (imports what needs the engine's variables)
    from nexstock.crypto.provisioning import provision_missing  # noqa: PLC0415

    # As of a deployment that has been there for a while: whatever is new is not used at once.
    provision_missing(utc_now() - timedelta(days=1))
    return engine
