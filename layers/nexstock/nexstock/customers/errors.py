"""Problems of customers."""

from nexstock.errors import Conflict


class CustomerErased(Conflict):
    """The customer was erased: there is nothing to change, and nothing to bring back (409)."""

    slug, title = "customer_erased", "The customer was erased"
