"""PostgreSQL and Redis for a machine that has neither, out of their wheels, kept under one data folder.

`with Stack.of(data_dir).running():` finds the services of that folder or starts them.
"""

from config.embedded.stack import Stack

__all__ = ["Stack"]
