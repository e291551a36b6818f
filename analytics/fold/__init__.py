"""The fold: takes accepted batches out of the inbox and counts each event exactly once."""

from .inbox import Folded, fold_inbox, retry_dead

__all__ = ["Folded", "fold_inbox", "retry_dead"]
