from .recommendation import MEASURED, STANDING, Decision, Recommendation, State
from .rule import RuleSetting

__all__ = ["MEASURED", "STANDING", "Decision", "Recommendation", "RuleSetting", "State"]
