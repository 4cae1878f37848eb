"""Where the legs of a call are wanted, where they are, and what gets them there."""
