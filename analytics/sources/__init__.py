"""Where data comes from: what each source sent, and whether that is as usual."""
