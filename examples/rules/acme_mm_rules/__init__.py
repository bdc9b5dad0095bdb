"""The rules of a company for its own tree."""
