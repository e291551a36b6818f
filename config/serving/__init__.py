"""Everything on one machine: what `make run` prepares, starts, watches over and stops."""
