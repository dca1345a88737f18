"""Figures of the reasoning family: what schedules cost, what networks learn and tell apart."""
