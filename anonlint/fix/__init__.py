"""Replacements that are exact: proposed by the words on the lines of a finding, taken only if a run proves them."""
