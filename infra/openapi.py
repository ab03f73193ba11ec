"""Makes functions/well_known/openapi.json from the code: `make openapi`. A contract test compares the two.

So it does with what each route requires, for the front door (nexstock.auth.route_requirements).

Each handler's application describes its own operation; this puts them together and adds what the frame does for
all of them: security, headers, problems, and the permission that each operation requires.
"""

import importlib
import json
from pathlib import Path
from typing import Any, Final

from nexstock import __version__
from nexstock.auth.permissions import Access, Permission, Requirement, Role, Scope, permissions_of
from nexstock.auth.route_requirements import REQUIREMENTS_PATH, operation_of
from nexstock.auth.step_up import HEADER
from nexstock.http import requests
from nexstock.http.api import Api, Operation

ROOT: Final = Path(__file__).resolve().parent.parent
DOCUMENT: Final = ROOT / "functions" / "well_known" / "openapi.json"

Json = dict[str, Any]

_PROBLEM: Final[Json] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}

_SECURITY_SCHEMES: Final[Json] = {
    "accessToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, nxs_live_…"},
    "apiKeyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}

_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat a request with the same key within 24 hours and it is done once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}

_IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the version that you read; 412 if it has changed meanwhile.",
    "schema": {"type": "string"},
}

_STEP_UP: Final[Json] = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "A proof from POST /v1/auth/step-up/confirm, good for one use within five minutes.",
    "schema": {"type": "string"},
}

_NOT_OURS: Final = ("HTTPValidationError", "ResponseValidationError", "ValidationError")
"""What the resolver says of failed validations; here they are problems."""

_TEXTS: Final[dict[str, Json]] = {
    "/.well-known/security.txt": {"text/plain": {"schema": {"type": "string"}}},
    "/v1/openapi.json": {"application/json": {"schema": {"type": "object"}}},
    "/v1/products/export": {"text/csv": {"schema": {"type": "string"}}},
    "/v1/stock/export": {"text/csv": {"schema": {"type": "string"}}},
    "/v1/audit-logs/export": {
        "text/csv": {"schema": {"type": "string"}},
        "application/jsonl": {"schema": {"type": "string"}},
    },
}
"""What the answers hold whose handlers return a finished text."""


def applications() -> list[Api]:
    """Return the application of every handler that has one, in the order of their files."""
    found = []
    for path in sorted((ROOT / "functions").rglob("*.py")):
        if path.name == "__init__.py":
            continue
        module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        if isinstance(app := getattr(module, "app", None), Api):
            found.append(app)
    return found


def document() -> Json:
    """Return the OpenAPI 3.1 document of the whole API."""
    paths: Json = {}
    schemas: Json = {"Problem": _PROBLEM}
    for app in applications():
        described = json.loads(app.resolver.get_openapi_json_schema(title="NexStock", version=__version__))
        schemas.update(described.get("components", {}).get("schemas", {}))
        operation = app.operation
        own = described["paths"][operation.path][operation.method.lower()]
        paths.setdefault(operation.path, {})[operation.method.lower()] = _completed(own, operation)
    for name in _NOT_OURS:
        schemas.pop(name, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "NexStock",
            "version": __version__,
            "description": "Inventory and orders for small and middle-sized businesses.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": dict(sorted(schemas.items())), "securitySchemes": _SECURITY_SCHEMES},
        "x-permissions": _matrix(),
    }


def _completed(described: Json, operation: Operation) -> Json:
    success = str(int(operation.answers))
    own_answer = next(answer for status, answer in described["responses"].items() if status.startswith("2"))
    if success == "204":
        own_answer = {"description": "Done"}
    answers = {success: own_answer}
    if operation.or_answers is not None:
        answers[str(int(operation.or_answers))] = own_answer
    if operation.path in _TEXTS:
        answers[success] = {**own_answer, "content": _TEXTS[operation.path]}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parameters = [
        *described.get("parameters", []),
        *([_IDEMPOTENCY_KEY] if operation.takes_idempotency_key else []),
        *([_IF_MATCH] if operation.takes_if_match else []),
        *([_STEP_UP] if operation.step_up else []),
    ]
    return {
        "operationId": described["operationId"],
        "summary": described.get("summary", ""),
        "description": described.get("description", ""),
        "tags": [operation.path.split("/")[2]],
        **({"parameters": parameters} if parameters else {}),
        **_request_body(described, operation),
        "responses": {**answers, "default": {"description": "A problem (RFC 9457)", "content": problem}},
        "security": _security(operation.requires),
        "x-requires": str(operation.requires.value),
    }


def _request_body(described: Json, operation: Operation) -> Json:
    if operation.takes != requests.JSON:
        return {"requestBody": {"required": True, "content": {operation.takes: {"schema": {"type": "string"}}}}}
    return {"requestBody": described["requestBody"]} if "requestBody" in described else {}


def _security(requires: Requirement) -> list[Json]:
    if requires is Access.PUBLIC:
        return []
    if requires in {Access.SIGNED_IN, Access.ACCOUNT}:
        return [{"accessToken": []}]
    return [{name: []} for name in _SECURITY_SCHEMES]


def _matrix() -> Json:
    return {
        "roles": {role.value: _sorted(permissions_of(role)) for role in Role},
        "scopes": {scope.value: _sorted(permissions_of(Role.OWNER, scope)) for scope in Scope},
    }


def _sorted(permissions: frozenset[Permission]) -> list[str]:
    return sorted(permission.value for permission in permissions)


def requirements() -> dict[str, str]:
    """Return what each route requires."""
    operations = (app.operation for app in applications())
    return dict(sorted((operation_of(each.method, each.path), each.requires.value) for each in operations))


def main() -> int:
    """Write the document, and what each route requires."""
    DOCUMENT.write_text(json.dumps(document(), indent=1, sort_keys=False) + "\n")
    REQUIREMENTS_PATH.write_text(json.dumps(requirements(), indent=1) + "\n")
    return 0
