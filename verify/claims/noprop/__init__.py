"""The claims of the family, by theme."""
