"""Reference implementations: Numba kernels, each beside the plain definition it must equal."""
