"""Claims about softmax and what it cannot do."""
