"""The figures of the filter equivariance family, one module each."""
