"""Personal data of customers' own customers and suppliers, sealed wherever it is stored."""
