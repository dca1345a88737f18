"""The claims, one room per family."""
