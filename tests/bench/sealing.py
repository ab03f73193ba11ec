"""What sealing costs: ours, the SDK's cache of data keys, and its hierarchical keyring where that is installed.

The hierarchical keyring needs the SDK's extra: `pip install 'aws-encryption-sdk[MPL]'` beside the development packages.
Each does the same: 1,000 times a field of one of 100 resources of 10 organizations, half sealed, half opened.
"""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from nexstock.aws import client
from nexstock.config import CryptoSettings
from nexstock.crypto import messages
from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import SealedPlace
from tests.bench.engine import running_engine
from tests.support.sealing import a_place, an_organization_id, forget_opened_keys
from tests.support.templates import ROOT

TITLE: Final = "Sealing: ours beside what else the Encryption SDK offers"

_ORGANIZATIONS: Final = 10
_RESOURCES: Final = 100
_OPERATIONS: Final = 1_000
_ROUNDS: Final = 5
_IMPORTS: Final = 7
_FIELD: Final = b"x" * 200
_NOTHING_SEALED: Final = "import functions.products.get_product"

Seal = Callable[[SealedPlace, bytes], bytes]


def measure() -> Iterator[str]:
    """Tell milliseconds of a field, calls of KMS, and milliseconds of importing."""
    with running_engine():
        places = _places()
        forget_opened_keys()
        yield from _told("a key for each resource under one for each organization (ours)", seal, open_sealed, places)
        yield from _told("the SDK's cache of data keys, one for each context", _seal_by_cache, _open_by_cache, places)
        if importlib.util.find_spec("aws_cryptographic_material_providers"):
            yield from _told("the SDK's hierarchical keyring", *_hierarchical(), places)
        else:
            yield "the SDK's hierarchical keyring: not installed"
    base = _import_ms(_NOTHING_SEALED)
    ours = _import_ms(f"{_NOTHING_SEALED}; import nexstock.crypto.envelope")
    yield f"import, over a handler that seals nothing ({base:.0f} ms): ours {ours - base:.0f} ms"
    if importlib.util.find_spec("aws_cryptographic_material_providers"):
        extra = "import nexstock.crypto.envelope, aws_cryptographic_material_providers.mpl"
        yield f"import with the hierarchical keyring: {_import_ms(f'{_NOTHING_SEALED}; {extra}') - base:.0f} ms"


def _places() -> list[SealedPlace]:
    organizations = [an_organization_id() for _ in range(_ORGANIZATIONS)]
    return [a_place(organizations[number % _ORGANIZATIONS], "customer") for number in range(_RESOURCES)]


def _told(label: str, seal_one: Seal, open_one: Seal, places: list[SealedPlace]) -> Iterator[str]:
    calls = 0

    def count(**_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        nonlocal calls
        calls += 1

    emitters = [client("kms").meta.events, *_emitters_of_the_sdk()]
    for events in emitters:
        events.register("before-call.kms", count)
    sealed = {}
    began = time.perf_counter()
    for number in range(_OPERATIONS // 2):
        place = places[number % _RESOURCES]
        sealed[place] = seal_one(place, _FIELD)
        assert open_one(place, sealed[place]) == _FIELD
    first_ms = (time.perf_counter() - began) * 1000 / _OPERATIONS
    for events in emitters:
        events.unregister("before-call.kms", count)
    warm = [(_ms(lambda p=place: seal_one(p, _FIELD)), _ms(lambda p=place: open_one(p, sealed[p]))) for place in places]  # type: ignore[misc]
    seal_ms, open_ms = (min(each) for each in zip(*warm, strict=True))
    yield f"{label}:"
    yield f"  warm, best of {_RESOURCES}: sealed in {seal_ms:.2f} ms, opened in {open_ms:.2f} ms"
    yield f"  in a container that begins: {first_ms:.2f} ms a field, {calls} calls of KMS for {_OPERATIONS} operations"


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(_ROUNDS):
        work()
    return (time.perf_counter() - began) * 1000 / _ROUNDS


def _seal_by_cache(place: SealedPlace, plaintext: bytes) -> bytes:
    return messages.encrypt(messages.kms_materials(), place.encryption_context, plaintext)


def _open_by_cache(place: SealedPlace, ciphertext: bytes) -> bytes:
    return messages.decrypt(messages.kms_materials(), place.encryption_context, ciphertext)


def _emitters_of_the_sdk() -> list[Any]:
    messages.encrypt(messages.kms_materials(), {"purpose": "a client is made at the first call"}, b"")
    clients = messages.kms_materials().master_key_provider._regional_clients.values()  # noqa: SLF001 (shown nowhere)
    return [each.meta.events for each in clients]


def _hierarchical() -> tuple[Seal, Seal]:
    """Return sealing and opening under a branch key for each organization, as the developer guide has it."""
    models = importlib.import_module("aws_cryptographic_material_providers.mpl.models")
    mpl = importlib.import_module("aws_cryptographic_material_providers.mpl")
    config = importlib.import_module("aws_cryptographic_material_providers.mpl.config")
    references = importlib.import_module("aws_cryptographic_material_providers.mpl.references")
    store_config = importlib.import_module("aws_cryptographic_material_providers.keystore.config")
    store_models = importlib.import_module("aws_cryptographic_material_providers.keystore.models")
    keystore = importlib.import_module("aws_cryptographic_material_providers.keystore")
    tables, name = client("dynamodb"), "bench-branch-keys"
    store = keystore.KeyStore(
        config=store_config.KeyStoreConfig(
            ddb_client=tables,
            ddb_table_name=name,
            logical_key_store_name=name,
            kms_client=client("kms"),
            kms_configuration=store_models.KMSConfigurationKmsKeyArn(CryptoSettings.from_env().sealing_key_arn),
        )
    )
    store.create_key_store(input=store_models.CreateKeyStoreInput())
    branch_keys: dict[str, str] = {}

    def branch_key_of(organization: str) -> str:
        if organization not in branch_keys:
            made = store.create_key(
                input=store_models.CreateKeyInput(
                    branch_key_identifier=organization, encryption_context={"organization": organization}
                )
            )
            branch_keys[organization] = made.branch_key_identifier
        return branch_keys[organization]

    class ByOrganization(references.IBranchKeyIdSupplier):  # type: ignore[name-defined,misc]
        """Names the branch key of a context's organization."""

        def get_branch_key_id(self, param: Any) -> Any:  # noqa: ANN401 (the library's types)
            """Return it."""
            return models.GetBranchKeyIdOutput(branch_key_id=branch_key_of(param.encryption_context["organization"]))

    providers = mpl.AwsCryptographicMaterialProviders(config=config.MaterialProvidersConfig())
    keyring = providers.create_aws_kms_hierarchical_keyring(
        input=models.CreateAwsKmsHierarchicalKeyringInput(
            key_store=store,
            branch_key_id_supplier=ByOrganization(),
            ttl_seconds=300,
            cache=models.CacheTypeDefault(value=models.DefaultCache(entry_capacity=1000)),
        )
    )

    def seal_one(place: SealedPlace, plaintext: bytes) -> bytes:
        message, _ = messages._sdk().encrypt(  # noqa: SLF001 (the same client)
            source=plaintext, keyring=keyring, encryption_context=place.encryption_context
        )
        return bytes(message)

    def open_one(place: SealedPlace, ciphertext: bytes) -> bytes:
        plaintext, _ = messages._sdk().decrypt(  # noqa: SLF001 (the same client)
            source=ciphertext, keyring=keyring, encryption_context=place.encryption_context
        )
        return bytes(plaintext)

    return seal_one, open_one


def _import_ms(statement: str) -> float:
    code = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
    paths = [str(ROOT), str(ROOT / "layers" / "nexstock"), *sys.path]
    script = f"import sys; sys.path[:0] = {paths!r}\n{code}"

    def once() -> float:
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603
        return float(done.stdout) * 1000

    return min(once() for _ in range(_IMPORTS))
