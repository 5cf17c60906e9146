"""Readers: a file of any usual kind becomes a Document, text with blocks and exact offsets."""
