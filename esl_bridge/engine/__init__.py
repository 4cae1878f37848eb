"""What carries the call and agent logic out, without knowing by what."""
