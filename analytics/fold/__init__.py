"""The fold: takes accepted batches out of the inbox and counts each event exactly once."""

from .inbox import fold_inbox, retry_dead, waits
from .transaction import Folded

__all__ = ["Folded", "fold_inbox", "retry_dead", "waits"]
