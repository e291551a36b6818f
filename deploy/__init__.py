"""How it is run elsewhere than on a laptop."""
