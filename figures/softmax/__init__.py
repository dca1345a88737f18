"""The figures of the softmax family, one module each."""
