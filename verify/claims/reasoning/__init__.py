"""Claims about message passing as computation: asynchrony, shortest paths, resolution, counts."""
