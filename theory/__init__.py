"""What the mathematics says: closed forms, exact constants and their inverses."""
