"""Mails: every template renders, in plain words, with nothing remote in it."""

import re

import pytest

from nexstock.mail.outbox import Template
from nexstock.mail.templates import RenderedMail, render

_VALUES = {
    "name": "Pat",
    "code": "123456",
    "organization": "Harbour Goods",
    "at": "2026-03-01T12:00:00.000Z",
    "ip": "203.0.113.7",
    "minutes": "15",
    "failures": "5",
    "action": "delete your account",
    "old": "old@example.com",
    "new": "new@example.com",
    "by": "owner@example.com",
    "inviter": "Ada Quay",
    "provider": "login.customer.example",
    "role": "admin",
    "link": "app.nexstock.example/invitation",
    "factor": "an authenticator app",
    "passkey": "Laptop",
    "left": "9",
    "endpoint": "whe_01JD0000000000000000000000",
    "host": "hooks.customer.example",
    "due": "2026-04-01T12:00:00.000Z",
    "until": "2027-04-01T12:00:00.000Z",
    "pending": "Nobody has taken the present secret.",
    "reason": "its server failed for five days",
    "ends": "2026-03-08T12:00:00.000Z",
    "document": '{"keys":[]}\n\nnexstock.com/destruction-receipt/v1\nhash=\n\n\u2014 nexstock.com/documents c2ln\n',
}
_HOSTILE = dict.fromkeys(_VALUES, "<img src=x onerror=alert(1)>&\"'$name${code}")


def _words(html: str) -> list[str]:
    body = html.partition("<body")[2].partition(">")[2]
    return re.sub(r"<[^>]*>", " ", body).split()


@pytest.mark.parametrize("template", Template)
def test_every_mail_renders_in_text_and_html_with_the_same_words(template: Template) -> None:
    mail = render(template, _VALUES)

    assert mail.subject
    assert "$" not in mail.subject + mail.text + mail.html
    assert _words(mail.html.replace("&quot;", '"').replace("&#x27;", "'")) == mail.text.split()


@pytest.mark.parametrize("template", Template)
def test_mail_holds_nothing_remote_and_no_link(template: Template) -> None:
    mail = render(template, _VALUES)

    assert not re.search(r"https?:|www\.|<img|<a\b|<link|<script|url\(|src=|href=", mail.html + mail.text)


@pytest.mark.parametrize("template", Template)
def test_what_people_wrote_stays_text(template: Template) -> None:
    mail = render(template, _HOSTILE)

    assert "<img" not in mail.html
    assert set(re.findall(r"<(\w+)", mail.html)) <= {"html", "head", "meta", "title", "body", "p", "br"}


@pytest.mark.parametrize("template", Template)
def test_subject_says_the_same_to_everyone(template: Template) -> None:
    assert render(template, _HOSTILE).subject == render(template, _VALUES).subject


@pytest.mark.parametrize("template", Template)
def test_missing_value_is_a_fault_and_not_a_gap_in_a_mail(template: Template) -> None:
    with pytest.raises(KeyError):
        render(template, {})


@pytest.mark.parametrize("name", ["code", "organization", "ip", "at"])
def test_code_mail_says_what_the_code_is_for_and_who_asked(name: str) -> None:
    mail: RenderedMail = render(Template.VERIFY_EMAIL, _VALUES)

    assert _VALUES[name] in mail.text
    assert _VALUES[name] in mail.html
