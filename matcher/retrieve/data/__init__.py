"""Typical questions and everyday words, as data."""
