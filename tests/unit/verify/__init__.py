"""The offline verifier: nothing but text, hashes and public keys."""
