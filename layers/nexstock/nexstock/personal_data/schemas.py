"""Personal data on the wire."""

from typing import Annotated

from pydantic import StringConstraints

from nexstock.http.schemas import PlainText

Phone = Annotated[PlainText, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
Notes = Annotated[PlainText, StringConstraints(max_length=5000)]
TaxId = Annotated[PlainText, StringConstraints(min_length=1, max_length=50, strip_whitespace=True)]
