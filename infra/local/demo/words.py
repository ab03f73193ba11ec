"""The words that the business is named by; lists of our own, so that nothing is downloaded and nobody is meant."""

from typing import Final

CATEGORIES: Final = {
    "Fasteners": ("FAS", ("hex bolt", "wood screw", "machine screw", "lock nut", "washer", "threaded rod", "rivet")),
    "Hand tools": ("HND", ("claw hammer", "chisel", "hand saw", "spirit level", "file", "plane", "mallet", "clamp")),
    "Power tools": ("PWR", ("drill driver", "jigsaw", "angle grinder", "router", "belt sander", "planer")),
    "Timber": ("TIM", ("board", "batten", "dowel", "panel", "beam", "skirting", "worktop")),
    "Hinges and locks": ("HNG", ("butt hinge", "cabinet lock", "padlock", "latch", "door handle", "drawer slide")),
    "Electrical": ("ELE", ("cable", "junction box", "socket", "switch", "circuit breaker", "LED strip")),
    "Plumbing": ("PLU", ("elbow", "tee", "ball valve", "copper pipe", "hose", "tap", "gasket")),
    "Safety": ("SAF", ("work gloves", "goggles", "ear defenders", "helmet", "dust mask", "knee pads")),
}
"""What is sold: by category its short form in SKUs, and the things in it."""

FINISHES: Final = ("FIN", ("linseed oil", "wood stain", "varnish", "primer", "wax", "adhesive"))
"""What is kept by lots, because it goes off."""

MATERIALS: Final = ("steel", "stainless", "brass", "oak", "birch", "galvanised", "anodised", "black", "copper", "ash")
SIZES: Final = ("small", "medium", "large", "M4", "M6", "M8", "M10", "20 mm", "40 mm", "60 mm", "1 m", "2 m", "2.5 m")
TOWNS: Final = (
    ("Alderwick", "GB"),
    ("Brenmouth", "GB"),
    ("Castelvero", "IT"),
    ("Dornfelde", "DE"),
    ("Eikhaven", "NL"),
    ("Fontclaire", "FR"),
    ("Grasmoor", "GB"),
    ("Holmvik", "NO"),
    ("Isarstadt", "DE"),
    ("Kirkholm", "DK"),
    ("Larchfield", "US"),
    ("Millbrook Point", "US"),
)
STREETS: Final = (
    "Quay Street",
    "Mill Lane",
    "Foundry Road",
    "Orchard Way",
    "Station Street",
    "Harbour Row",
    "High Street",
)
FIRST_NAMES: Final = (
    "Ada",
    "Bram",
    "Chiara",
    "Dora",
    "Emil",
    "Femke",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kaya",
    "Lars",
)
LAST_NAMES: Final = ("Quay", "Lindqvist", "Moretti", "Okafor", "Petersen", "Roth", "Sato", "Tamm", "Vance", "Weller")
TRADES: Final = ("Joinery", "Builders", "Carpentry", "Interiors", "Boatyard", "Electrics", "Plumbing", "Restorations")
MAKERS: Final = ("Works", "Forge", "Mills", "Tools", "Trading", "Supply", "Industries", "Hardware")
WAREHOUSES: Final = (("NORTH", "North hall"), ("HARBOUR", "Harbour store"), ("OUTLET", "Town outlet"))
REASONS_TO_COUNT: Final = ("found", "lost", "damaged", "expired", "sample")
