"""The figures of the directed information family, one module each."""
