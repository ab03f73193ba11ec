"""Operations on the keys that an organization's data is sealed under."""
