"""Claims about filter-equivariant list functions, by theme."""
