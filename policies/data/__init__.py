"""Vocabularies and the starter catalogue, as data files."""
