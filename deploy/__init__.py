"""How it is run elsewhere than on a laptop. `deploy.release` needs Python alone, nothing that a release brings along."""
