"""The machine: claims, the search for counterexamples, evidence and reports."""
