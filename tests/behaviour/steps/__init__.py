"""What stories have in common: steps, by what they are about."""
