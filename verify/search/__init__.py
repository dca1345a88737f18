"""The searches: each takes a claim and an implementation and returns evidence."""
