"""From words to schemes: passages, query understanding, search."""
