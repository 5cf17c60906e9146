"""Learned weights that ship: small files, each with a card that says how it was made."""
