"""Taking back all that a file brought, so that figures are as if it had never come; what came otherwise stays.

Each range is one transaction with its totals, and what is left to do shows on the rows themselves: a run may be killed
anywhere, and the next one goes on.
"""

from .acts import OBJECT, CannotUndo, Undoing, abandon, ask, fault, run, steps, undo, until

__all__ = ["OBJECT", "CannotUndo", "Undoing", "abandon", "ask", "fault", "run", "steps", "undo", "until"]
