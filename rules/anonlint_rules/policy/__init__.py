"""Rules about anonlint's own remarks in the code."""
