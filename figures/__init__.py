"""Published figures and tables, each regenerated from nothing."""
