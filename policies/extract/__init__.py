"""From a Document to schemes: metadata, conditions, benefits, each with the words it was read from."""
