"""Layouts: where the legs of a call are wanted, where they are, and which step comes next."""
