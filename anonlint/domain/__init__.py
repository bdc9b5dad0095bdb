"""The abstract world: entry states, values, proofs, software bits, debts, and states of them."""
