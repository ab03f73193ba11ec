"""The frame of every request: what is right only once for all handlers.

One `Api` serves one operation. In this order: size and origin of the request, rate limit (public routes; the
authorizer counts for all others), the authorizer's verdict, the permission, validation, the operation itself,
and then one commit of everything that it staged, the idempotency record included.
"""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import (
    RequestUnsupportedContentType,
    RequestValidationError,
)
from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.auth.permissions import Access, Permission, Requirement
from nexstock.auth.principals import Caller, Principal, RequestOrigin
from nexstock.auth.step_up import HEADER, Action, stage_use
from nexstock.clock import utc_now
from nexstock.config import RateLimits
from nexstock.errors import (
    FieldError,
    InternalError,
    InvalidRequest,
    NotFound,
    Problem,
    TemporarilyUnavailable,
    UnsupportedMediaType,
)
from nexstock.http import requests
from nexstock.http.answers import HTTP, Answer, flattened, framed, problem_answer, replayed
from nexstock.http.validation import invalid_request
from nexstock.idempotency import AlreadyAnswered, IdempotencyKey, IdempotencyRecords, Keep
from nexstock.observability import bind, log_fault, logger
from nexstock.persistence.failures import is_passing
from nexstock.persistence.organization_credentials import acting_for
from nexstock.persistence.transaction import Transaction, repeated
from nexstock.throttling import Allowance, RateClass, take_token

_RATE_LIMITS: Final = RateLimits.from_env()
_MERGE_PATCH: Final = "application/merge-patch+json"
_WRITES: Final = frozenset({"POST", "PATCH", "DELETE"})

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route is, for the frame, the OpenAPI document and the tests.

    `answers` is the status of success, `or_answers` the other one where there are two. `keep`: how the answer is kept
    for who repeats the request. `step_up`: what the caller has to have confirmed a moment ago. `takes`: the media type
    of the body.
    """

    method: str
    path: str
    requires: Requirement
    answers: HTTPStatus
    rate: RateClass
    keep: Keep
    takes_if_match: bool
    step_up: Action | None
    takes: str
    or_answers: HTTPStatus | None

    @property
    def takes_idempotency_key(self) -> bool:
        """Whether `Idempotency-Key` means something here: writes of an authenticated caller."""
        return self.method in _WRITES and isinstance(self.requires, Permission)


class Api:
    """The application of one handler; `app.handler` is the Lambda function."""

    def __init__(self) -> None:
        self._resolver = APIGatewayRestResolver(enable_validation=True, json_body_deserializer=requests.strict_json)
        self._resolver.use(middlewares=[_refuse_unknown_query])
        self._resolver.exception_handler(Exception)(_reraise)
        self._resolver.not_found(_refuse_path)
        self._operation: Operation | None = None

    @property
    def operation(self) -> Operation:
        """The one operation that this application serves."""
        if self._operation is None:
            message = "no operation was declared"
            raise LookupError(message)
        return self._operation

    @property
    def resolver(self) -> APIGatewayRestResolver:
        """The resolver below, from which the OpenAPI document is made."""
        return self._resolver

    def get(
        self,
        path: str,
        *,
        requires: Requirement,
        rate: RateClass = RateClass.READ,
        or_answers: HTTPStatus | None = None,
    ) -> Callable[[F], F]:
        """Declare the operation as a GET."""
        return self._route("GET", path, requires, HTTPStatus.OK, rate, or_answers=or_answers)

    def post(  # noqa: PLR0913 (the parts of an operation)
        self,
        path: str,
        *,
        requires: Requirement,
        answers: HTTPStatus = HTTPStatus.CREATED,
        rate: RateClass = RateClass.WRITE,
        keep: Keep = Keep.PLAIN,
        takes_if_match: bool = False,
        step_up: Action | None = None,
        takes: str = requests.JSON,
    ) -> Callable[[F], F]:
        """Declare the operation as a POST."""
        return self._route(
            "POST",
            path,
            requires,
            answers,
            rate,
            keep=keep,
            takes_if_match=takes_if_match,
            step_up=step_up,
            takes=takes,
        )

    def patch(self, path: str, *, requires: Requirement, keep: Keep = Keep.PLAIN) -> Callable[[F], F]:
        """Declare the operation as a PATCH: a JSON merge patch, `If-Match` honoured."""
        return self._route("PATCH", path, requires, HTTPStatus.OK, RateClass.WRITE, keep=keep, takes_if_match=True)

    def delete(
        self,
        path: str,
        *,
        requires: Requirement,
        answers: HTTPStatus = HTTPStatus.NO_CONTENT,
        step_up: Action | None = None,
    ) -> Callable[[F], F]:
        """Declare the operation as a DELETE, `If-Match` honoured."""
        return self._route("DELETE", path, requires, answers, RateClass.WRITE, takes_if_match=True, step_up=step_up)

    def handler(self, event: requests.Event, context: LambdaContext) -> Answer:
        """Answer one request of API Gateway (Lambda proxy integration); never raises."""
        origin = requests.origin_of(event)
        bind(request_id=origin.request_id)
        allowance: Allowance | None = None
        try:
            requests.require_acceptable_size(event, self.operation.takes)
            requests.require_allowed_origin(event, HTTP.allowed_origin)
            if self.operation.requires is Access.PUBLIC:
                allowance = _throttle_by_address(self.operation, origin)
                answer = self._resolve(event, context, caller=None)
            else:
                answer = self._answer_caller(event, context, origin)
        except Problem as problem:
            logger.info("refused", problem=problem.slug, status=int(problem.status))
            answer = problem_answer(problem, origin.request_id)
        except Exception as error:  # noqa: BLE001 (the one place that turns a fault into a 500 or 503)
            log_fault("fault", error)
            told = TemporarilyUnavailable() if is_passing(error) else InternalError()
            answer = problem_answer(told, origin.request_id)
        return framed(answer, event, origin, allowance)

    def _answer_caller(self, event: requests.Event, context: LambdaContext, origin: RequestOrigin) -> Answer:
        authorizer = event["requestContext"].get("authorizer") or {}
        principal = Principal.from_context(authorizer)
        logger.append_keys(organization_id=principal.organization_id)
        principal.as_caller(origin, Transaction()).demand(self.operation.requires)
        key = self._idempotency_key(event, principal)
        # What needs no permission of an organization is about a person, who may belong to several.
        is_of_one = isinstance(self.operation.requires, Permission)
        with acting_for(principal.organization_id) if is_of_one else nullcontext():
            try:
                # Where somebody changed what this request read, reading it again works, or refuses for a reason.
                return repeated(lambda: self._run(event, context, principal.as_caller(origin, Transaction()), key))
            except AlreadyAnswered as earlier:
                return replayed(key, earlier)

    def _run(self, event: requests.Event, context: LambdaContext, caller: Caller, key: IdempotencyKey | None) -> Answer:
        transaction = caller.tenant.transaction
        if key is None:
            answer = self._resolve_confirmed(event, context, caller)
            transaction.commit()
            return answer
        records = IdempotencyRecords(caller.tenant)
        try:
            answer = self._resolve_confirmed(event, context, caller)
        except Problem:
            # A repeated request may be refused for what its first run did; then the first answer counts.
            if earlier := records.find(key, utc_now()):
                raise AlreadyAnswered(earlier) from None
            raise
        records.stage(key, answer, keep=self.operation.keep, now=utc_now())
        transaction.commit()
        return answer

    def _resolve_confirmed(self, event: requests.Event, context: LambdaContext, caller: Caller) -> Answer:
        if self.operation.step_up is not None:
            stage_use(requests.header(event, HEADER), self.operation.step_up, caller, utc_now())
        return self._resolve(event, context, caller)

    def _resolve(self, event: requests.Event, context: LambdaContext, caller: Caller | None) -> Answer:
        self._resolver.append_context(caller=caller)
        try:
            return flattened(self._resolver.resolve(_as_read_request(event, self.operation.takes), context))
        except RequestValidationError as error:
            raise invalid_request(error) from None
        except RequestUnsupportedContentType:
            raise _wrong_media_type(self.operation.takes) from None

    def _idempotency_key(self, event: requests.Event, principal: Principal) -> IdempotencyKey | None:
        sent = requests.header(event, "Idempotency-Key")
        if sent is None or not self.operation.takes_idempotency_key:
            return None
        return IdempotencyKey.of(
            sent,
            organization_id=principal.organization_id,
            actor_id=principal.actor.id,
            method=event["httpMethod"],
            path=event["path"],
            body=event.get("body") or "",
        )

    def _route(  # noqa: PLR0913 (the parts of an operation)
        self,
        method: str,
        path: str,
        requires: Requirement,
        answers: HTTPStatus,
        rate: RateClass,
        *,
        keep: Keep = Keep.PLAIN,
        takes_if_match: bool = False,
        step_up: Action | None = None,
        takes: str = requests.JSON,
        or_answers: HTTPStatus | None = None,
    ) -> Callable[[F], F]:
        self._operation = Operation(
            method, path, requires, answers, rate, keep, takes_if_match, step_up, takes, or_answers
        )

        def declare(function: F) -> F:
            # Powertools writes a path's variables as <name>, the contract and the template as {name}.
            rule = path.replace("{", "<").replace("}", ">")
            summary = (function.__doc__ or "").partition("\n")[0]
            self._resolver.route(
                rule, method, status_code=int(answers), operation_id=function.__name__, summary=summary
            )(function)
            return function

        return declare


def _reraise(error: Exception) -> Response[Any]:
    # Without a handler of its own, the resolver logs what it cannot answer, message included.
    raise error


def _refuse_path(_error: NotFoundError) -> Response[Any]:
    # The gateway found the route, so what the resolver does not take for an id is an id that cannot be ours.
    raise NotFound


def _refuse_unknown_query(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    known = {parameter.alias for parameter in app.context["_route"].dependant.query_params}
    unknown = sorted(set(app.current_event.query_string_parameters or {}) - known)
    if unknown:
        raise InvalidRequest([FieldError(f"?{name}", "unknown parameter") for name in unknown])
    return next_middleware(app)


def _throttle_by_address(operation: Operation, origin: RequestOrigin) -> Allowance:
    allowance = take_token(operation.rate, origin.network, operation.rate.limit_in(_RATE_LIMITS), utc_now())
    allowance.require()
    return allowance


def _as_read_request(event: requests.Event, takes: str) -> requests.Event:
    # RFC 7396 has a media type of its own; the resolver below reads JSON by the general one only. Left to itself it
    # would read forms as well, which a page of any origin can send without asking first. A body that is no JSON is read
    # by the operation itself (`nexstock.http.dependencies.CsvBodyDep`).
    media_type = (requests.header(event, "Content-Type") or takes).partition(";")[0].strip().lower()
    if media_type != takes and (event["httpMethod"], media_type) != ("PATCH", _MERGE_PATCH):
        if event.get("body"):
            raise _wrong_media_type(takes)
        return event
    others = {name: value for name, value in (event.get("headers") or {}).items() if name.lower() != "content-type"}
    return {**event, "headers": {**others, "Content-Type": takes}}


def _wrong_media_type(takes: str) -> UnsupportedMediaType:
    return UnsupportedMediaType(f"Send {takes}")
