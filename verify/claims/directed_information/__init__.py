"""Claims about directed information, plasticity and empowerment."""
