"""The catalogue: frozen types, vocabularies, and the published support schemes."""
