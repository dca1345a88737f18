"""The roles, one room per family."""
