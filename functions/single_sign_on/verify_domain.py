"""POST /v1/organization/single-sign-on/domains/verify: look for the DNS record that proves a domain."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.single_sign_on import service
from nexstock.single_sign_on.dns_records import txt_records
from nexstock.single_sign_on.repository import SingleSignOnRepository
from nexstock.single_sign_on.schemas import SingleSignOnView, VerifyDomain

app = Api()


@app.post(
    "/v1/organization/single-sign-on/domains/verify",
    requires=Permission.SINGLE_SIGN_ON_ADMIN,
    answers=HTTPStatus.OK,
)
def verify_domain(command: VerifyDomain, caller: CallerDep) -> Response[SingleSignOnView]:
    """Verify a domain of the connection; its people can sign in from then on.

    Raises:
        NotFound: the connection has no such domain, or there is no connection (404).
        DomainNotVerified: the TXT record is missing or says something else (409).
        DomainTaken: another organization has verified it (409).
        TemporarilyUnavailable: DNS did not answer (503).
    """
    connections = SingleSignOnRepository(caller.tenant)
    return shown(
        SingleSignOnView.of(service.verify_domain(command.name, connections=connections, txt_records=txt_records))
    )


handler = app.handler
