"""What tests rules: notes in C text, what rules say of it, changes that keep its meaning."""
