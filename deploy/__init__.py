"""How it is run elsewhere than on a laptop. `deploy.release` needs Python alone, none of what a release brings along."""
