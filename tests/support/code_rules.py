"""Rules about our own code that no linter knows: where which library may be used, and what may stand nowhere.

Each rule reads one module's syntax tree and yields what breaks it; tests/contract runs them over the code, and over
snippets that break them.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, TypeGuard


@dataclass(frozen=True)
class Breach:
    """One place that breaks a rule."""

    line: int
    what: str


class _Text(ast.Constant):
    value: str


Rule = Callable[[PurePosixPath, ast.Module], Iterator[Breach]]
"""Takes a module's path from the root, e.g. `functions/products/get_product.py`, and its syntax tree."""

LAYER: Final = PurePosixPath("layers/nexstock/nexstock")
FUNCTIONS: Final = PurePosixPath("functions")

_NOT_IN_HANDLERS: Final = frozenset(
    {"boto3", "botocore", "pynamodb", "bcrypt", "jwt", "aws_encryption_sdk", "pyotp", "webauthn"}
)

_OWNERS: Final[dict[str, frozenset[str]]] = {
    "pynamodb": frozenset(
        {
            "api_keys/repository.py",
            "api_keys/verifiers.py",
            "audit/checkpoints.py",
            "audit/repository.py",
            "auth/step_up.py",
            "crypto/checkpoint_keys.py",
            "crypto/platform_secrets.py",
            "crypto/rotation_progress.py",
            "crypto/signing_keys.py",
            "crypto/stored_keys.py",
            "crypto/stored_secrets.py",
            "encryption/states.py",
            "exports/repository.py",
            "customers/repository.py",
            "idempotency.py",
            "identity/authenticator_apps.py",
            "identity/challenges.py",
            "identity/items.py",
            "identity/lockout.py",
            "identity/people.py",
            "identity/memberships.py",
            "identity/passkey_challenges.py",
            "identity/passkeys.py",
            "identity/pending_sign_ins.py",
            "identity/second_factors.py",
            "imports/repository.py",
            "counts/repository.py",
            "invitations/repository.py",
            "members/owners.py",
            "members/repository.py",
            "numbers.py",
            "orders/expiries.py",
            "orders/repository.py",
            "organizations/repository.py",
            "persistence/projections.py",
            "purchase_orders/repository.py",
            "receipts/repository.py",
            "persistence/failures.py",
            "persistence/tables.py",
            "persistence/tenant_items.py",
            "persistence/transaction.py",
            "personal_data/items.py",
            "products/repository.py",
            "stock/lots.py",
            "stock/repository.py",
            "stock/serial_numbers.py",
            "transfers/repository.py",
            "resources/repository.py",
            "resources/uses.py",
            "security_events/repository.py",
            "single_sign_on/pending.py",
            "single_sign_on/repository.py",
            "suppliers/repository.py",
            "throttling.py",
            "warehouses/repository.py",
            "webhooks/attempts.py",
            "webhooks/health.py",
            "webhooks/messages.py",
            "webhooks/places.py",
            "webhooks/repository.py",
        }
    ),
    # Its clients come from its core (aws.py).
    "boto3": frozenset(),
    "botocore": frozenset(
        {"aws.py", "persistence/failures.py", "persistence/organization_credentials.py", "persistence/tables.py"}
    ),
    "aws_encryption_sdk": frozenset({"crypto/messages.py"}),
    "bcrypt": frozenset({"auth/passwords.py"}),
    "jwt": frozenset({"auth/tokens.py", "auth/token_issuer.py", "single_sign_on/id_tokens.py"}),
    "dns": frozenset({"single_sign_on/dns_records.py"}),
    "pyotp": frozenset({"auth/totp.py"}),
    "webauthn": frozenset({"auth/passkeys.py"}),
    "cryptography": frozenset(
        {
            "auth/passkeys.py",
            "crypto/messages.py",
            "crypto/message_keys.py",
            "crypto/signing_key_making.py",
            "crypto/token_signer.py",
        }
    ),
    "urllib3": frozenset({"mail/resend.py", "outbound/http_client.py"}),
    "os": frozenset({"config.py"}),
}
"""Which modules of the layer may import what; the smallest lists that work."""

_TENANT_MAKERS: Final = frozenset({LAYER / "auth/principals.py"})
_KEY_MAKERS: Final = frozenset({LAYER / "persistence/keys.py", LAYER / "persistence/identity_keys.py"})
_KEY_PREFIXES: Final = (
    "ORG#",
    "EMAIL#",
    "USER#",
    "SESSION#",
    "REGISTRATION#",
    "PROOF#",
    "PASSKEY#",
    "PASSKEY_CHALLENGE#",
    "SIGN_IN#",
    "INVITATION#",
    "DOMAIN#",
    "SIGN_ON#",
    "API_KEY#",
    "ENTRY#",
    "CHECKPOINT#",
    "AHEAD#",
    "MESSAGE#",
    "ATTEMPT#",
    "HEALTH#",
    "PLACE#",
    "DUE#",
    "ORDER_EXPIRY#",
    "SECRET#",
    "DATA_KEYS#",
    "ITEM_KEYS#",
    "DATA_KEY_ROTATIONS#",
    "THROTTLE#",
    "MAIL#",
    "LOCKOUT#",
    "NETWORK_LOCKOUT#",
    "IDEMPOTENCY#",
)
_IDENTITIES: Final = frozenset({LAYER / "audit/entries.py", LAYER / "webhooks/payloads.py", LAYER / "changes.py"})
"""Where parts joined by `#` are hashed into an identity, which is no key of a table."""

_SECRET_WORDS: Final = frozenset({"digest", "secret", "signature", "mac", "hmac", "token", "password"})


def handlers_import_no_library_of_the_layer(path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """Handlers declare what they need and call the layer; AWS, credentials and ciphers are the layer's."""
    if path.is_relative_to(FUNCTIONS):
        for line, name in _imports(tree):
            if name in _NOT_IN_HANDLERS:
                yield Breach(line, f"a handler imports {name}")


def libraries_stay_with_their_owners(path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """Each library that reaches outside is imported by the modules that own it, and by no other."""
    if path.is_relative_to(LAYER):
        inside = str(path.relative_to(LAYER))
        for line, name in _imports(tree):
            if name in _OWNERS and inside not in _OWNERS[name]:
                yield Breach(line, f"{name} is not this module's")


def environment_is_read_in_config(path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """`os.environ` and `os.getenv` appear in config.py only."""
    if path != LAYER / "config.py":
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}:
                yield Breach(node.lineno, f"{node.attr} outside config.py")


def tenants_come_from_principals(path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """A `Tenant` is made where the authorizer's context is read, and nowhere else."""
    if path not in _TENANT_MAKERS:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) == "Tenant":
                yield Breach(node.lineno, "a Tenant is made outside auth/principals.py")


def keys_are_built_in_one_place(path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """Text of a partition or sort key stands in persistence/keys.py and identity_keys.py only."""
    if path in _KEY_MAKERS:
        return
    documented = {id(node) for node in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and path not in _IDENTITIES and "#" in _literal_text(node):
            yield Breach(node.lineno, "a key is put together outside persistence/keys.py")
        if _is_text(node) and id(node) not in documented and node.value.startswith(_KEY_PREFIXES):
            yield Breach(node.lineno, "a key's text stands outside persistence/keys.py")


def nothing_scans(_path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """No request path reads a whole table."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr.lower() in {"scan", "rate_limited_scan"}:
            yield Breach(node.lineno, "a Scan")
        if isinstance(node, ast.Constant) and node.value == "Scan":
            yield Breach(node.lineno, "a Scan")


def secrets_are_compared_in_constant_time(_path: PurePosixPath, tree: ast.Module) -> Iterator[Breach]:
    """What proves something is compared by `hmac.compare_digest`, or by DynamoDB in a condition, never by `==`."""
    conditions = {id(node) for call in _calls_with_conditions(tree) for node in ast.walk(call)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare) or id(node) in conditions:
            continue
        if any(isinstance(operator, ast.Eq | ast.NotEq) for operator in node.ops):
            sides = [node.left, *node.comparators]
            if any(_is_secret(side) for side in sides) and not any(isinstance(side, ast.Constant) for side in sides):
                yield Breach(node.lineno, "a secret is compared by ==")


RULES: Final[tuple[Rule, ...]] = (
    handlers_import_no_library_of_the_layer,
    libraries_stay_with_their_owners,
    environment_is_read_in_config,
    tenants_come_from_principals,
    keys_are_built_in_one_place,
    nothing_scans,
    secrets_are_compared_in_constant_time,
)


def owned() -> dict[str, frozenset[PurePosixPath]]:
    """Return which modules own which library."""
    return {name: frozenset(LAYER / module for module in modules) for name, modules in _OWNERS.items()}


def imports_of(tree: ast.Module) -> frozenset[str]:
    """Return the packages that a module imports, by their first name."""
    return frozenset(name for _line, name in _imports(tree))


def _imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module.partition(".")[0]
        elif isinstance(node, ast.Call) and _name(node.func) in {"import_module", "__import__"}:
            yield node.lineno, "an import by name"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _literal_text(node: ast.JoinedStr) -> str:
    parts = [part.value for part in node.values if isinstance(part, ast.Constant)]
    return "".join(part for part in parts if isinstance(part, str))


def _is_text(node: ast.AST) -> TypeGuard[_Text]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        # A string that stands alone says something to people, wherever it stands.
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def _calls_with_conditions(tree: ast.Module) -> Iterator[ast.AST]:
    # PynamoDB builds conditions by comparing an item class's attribute: `SessionItem.digest == presented`.
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Attribute):
            owner = _name(node.left.value)
            if owner.lstrip("_").endswith("Item"):
                yield node


def _is_secret(node: ast.expr) -> bool:
    words = _name(node).lower().lstrip("_").split("_")
    if isinstance(node, ast.Call):
        words = _name(node.func).lower().lstrip("_").split("_")
    return bool(_SECRET_WORDS & set(words))
