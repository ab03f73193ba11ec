"""The business itself: what each thing is called, costs and becomes, always the same for the same number.

Nothing here asks or tells anybody; a run that was interrupted can therefore be gone on with.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from infra.local.demo import words

Body = dict[str, Any]

_BEGIN: Final = date(2030, 1, 1)
_LOT_EVERY: Final = 25
"""Which product is kept by lots, where the platform knows lots."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many of each the business has."""

    customers: int = 500
    suppliers: int = 40
    products: int = 2_000
    purchase_orders: int = 150
    orders: int = 5_000
    corrections: int = 300

    def percent(self, percent: int) -> "Size":
        """Return a business of so many hundredths of this one, with one of each at least."""
        counts = {name: max(1, getattr(self, name) * percent // 100) for name in self.__slots__}
        return Size(**counts)


@dataclass(frozen=True, slots=True)
class Deal:
    """What becomes of a purchase or sales order: its lines by the products' numbers, and the steps after the first."""

    warehouse: int
    partner: int
    lines: tuple[tuple[int, int], ...]
    steps: tuple[str, ...]
    reference: str


class Business:
    """One business; `seed` makes it this one and no other."""

    def __init__(self, size: Size, currency: str, *, seed: int, knows_lots: bool) -> None:
        self.size = size
        self._currency = currency
        self._seed = seed
        self._knows_lots = knows_lots

    def warehouse(self, number: int) -> Body:
        """Return the body of a warehouse."""
        code, name = words.WAREHOUSES[number]
        return {"code": code, "name": name, "address": self._address(self._dice("warehouse", number))}

    def supplier(self, number: int) -> Body:
        """Return the body of a supplier."""
        dice = self._dice("supplier", number)
        name = f"{dice.choice(words.LAST_NAMES)} {dice.choice(words.MAKERS)} {number + 1}"
        return {**self._contact(dice, name, number), "name": name, "leadTimeDays": dice.randint(2, 45)}

    def customer(self, number: int) -> Body:
        """Return the body of a customer: two in three are firms."""
        dice = self._dice("customer", number)
        person = f"{dice.choice(words.FIRST_NAMES)} {dice.choice(words.LAST_NAMES)}"
        firm = f"{dice.choice(words.LAST_NAMES)} {dice.choice(words.TRADES)}"
        name = person if dice.randrange(3) == 0 else firm
        return {**self._contact(dice, name, number), "name": name}

    def is_kept_by_lots(self, number: int) -> bool:
        """Tell whether a product is kept by lots."""
        return self._knows_lots and number % _LOT_EVERY == 0

    def product(self, number: int) -> Body:
        """Return the body of a product."""
        dice = self._dice("product", number)
        category, (code, things) = dice.choice(list(words.CATEGORIES.items()))
        tracking = {}
        if self.is_kept_by_lots(number):
            category, (code, things), tracking = "Finishes", words.FINISHES, {"tracking": "lot"}
        cost = self._unit_cost(number)
        name = f"{dice.choice(words.MATERIALS)} {dice.choice(things)}, {dice.choice(words.SIZES)}"
        return {
            "sku": f"{code}-{number + 1:05}",
            "name": name[0].upper() + name[1:],
            "category": category,
            "cost": self._money(cost),
            "price": self._money(cost * dice.randint(130, 260) // 100),
            "barcodes": [f"29{number + 1:011}"],
            "reorderPoint": dice.choice((5, 10, 20, 40)),
            "reorderQuantity": dice.choice((50, 100, 200)),
            **tracking,
        }

    def places_of(self, number: int) -> list[int]:
        """Return in which warehouses a product lies."""
        return self._dice("places", number).sample(range(len(words.WAREHOUSES)), k=1 + number % 3)

    def opening(self, number: int, warehouse: int) -> Body:
        """Return what is said of a product's first stock in a warehouse, the ids aside."""
        dice = self._dice("opening", number, warehouse)
        quantity = dice.randint(30, 400)
        lots: Body = {}
        if self.is_kept_by_lots(number):
            expires_on = _BEGIN + timedelta(days=dice.randrange(700))
            lots = {"lots": [{"lot": f"L{number:05}", "quantity": quantity, "expiresOn": expires_on.isoformat()}]}
        cost = self._money(self._unit_cost(number))
        return {"quantity": quantity, "reason": "opening", "unitCost": cost, **lots}

    def purchase(self, number: int) -> Deal:
        """Return a purchase order and what becomes of it: most have been received, some in part."""
        dice = self._dice("purchase", number)
        steps = dice.choices(
            (("submit", "receive"), ("submit",), (), ("submit", "part"), ("submit", "cancel")), (60, 15, 10, 10, 5)
        )
        return self._deal(dice, self.size.suppliers, steps[0], f"DEMO-PO-{number + 1:05}", most=400)

    def order(self, number: int) -> Deal:
        """Return an order and what becomes of it: most have been shipped, some came back."""
        dice = self._dice("order", number)
        fates = (
            ("confirm", "fulfil"),
            ("confirm",),
            (),
            ("cancel",),
            ("confirm", "cancel"),
            ("confirm", "part"),
            ("confirm", "fulfil", "return"),
        )
        steps = dice.choices(fates, (60, 10, 8, 3, 4, 8, 7))
        return self._deal(dice, self.size.customers, steps[0], f"DEMO-{number + 1:05}", most=6)

    def correction(self, number: int) -> tuple[int, Body]:
        """Return a correction of stock: the product's number, and its quantity and reason."""
        dice = self._dice("correction", number)
        product = self._untracked(dice)
        return product, {"quantity": dice.choice((-3, -2, -1, 1, 2)), "reason": dice.choice(words.REASONS_TO_COUNT)}

    def unit_cost(self, number: int) -> Body:
        """Return what one of a product costs."""
        return self._money(self._unit_cost(number))

    def _deal(self, dice: random.Random, partners: int, steps: tuple[str, ...], reference: str, *, most: int) -> Deal:
        first = self._untracked(dice)
        warehouse = dice.choice(self.places_of(first))
        others = (self._untracked(dice) for _ in range(dice.randint(0, 8)))
        chosen = dict.fromkeys((first, *(other for other in others if warehouse in self.places_of(other))))
        lines = tuple((product, dice.randint(1, most)) for product in chosen)
        return Deal(warehouse, dice.randrange(partners), lines, steps, reference)

    def _untracked(self, dice: random.Random) -> int:
        number = dice.randrange(self.size.products)
        return (number + 1) % self.size.products if self.is_kept_by_lots(number) else number

    def _unit_cost(self, number: int) -> int:
        return self._dice("cost", number).choice((15, 40, 95, 180, 420, 990, 2_400, 6_500, 14_000))

    def _contact(self, dice: random.Random, name: str, number: int) -> Body:
        mailbox = "".join(letter for letter in name.lower() if letter.isalnum())
        return {
            "email": f"{mailbox}.{number + 1}@customers.example",
            "phone": f"+1 555 {dice.randrange(10**7):07}",
            "address": self._address(dice),
        }

    def _address(self, dice: random.Random) -> Body:
        city, country = dice.choice(words.TOWNS)
        line = f"{dice.choice(words.STREETS)} {dice.randint(1, 180)}"
        return {"line1": line, "city": city, "postalCode": f"{dice.randrange(10**5):05}", "country": country}

    def _money(self, amount: int) -> Body:
        return {"amount": amount, "currency": self._currency}

    def _dice(self, *what: object) -> random.Random:
        # The text, and not its hash, is the seed: it is the same in every interpreter.
        return random.Random(f"{self._seed}/{'/'.join(map(str, what))}")  # noqa: S311 (no secret is made of it)
