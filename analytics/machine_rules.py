"""Which opens and clicks a machine made: the rules, one visible table.

An event gets the first rule that holds, in this order; its code and `RULES_VERSION` are stored with it, and the event
is kept. A change of a threshold or a pattern raises `RULES_VERSION`; events stored before follow by `reclassify`.
Sources of the signals: user agents that mail proxies and scanners publish, the machine-open flags of e-mail providers,
and the timing and burst signals that users of open-source mailers report as the reliable ones.
"""

import re
from dataclasses import dataclass

RULES_VERSION = 1
HUMAN = 0

OPEN_SECONDS = 2  # an open or click this soon after delivery: nobody reads that fast
BURST_SECONDS = 10
NETWORK_SECONDS = 60
BURST = 3  # so many different links or networks on one message within these seconds; fold/classify.sql counts to three


@dataclass(frozen=True, slots=True)
class MachineRule:
    code: int
    name: str
    why: str


MACHINE_RULES: tuple[MachineRule, ...] = (
    MachineRule(1, "provider_flag", "the e-mail provider marked it as a machine's"),
    MachineRule(2, "user_agent", "the user agent is a known proxy, scanner or script"),
    MachineRule(3, "at_delivery", f"within {OPEN_SECONDS} s of delivery"),
    MachineRule(4, "link_burst", f"{BURST} or more links of one message within {BURST_SECONDS} s"),
    MachineRule(5, "network_burst", f"{BURST} or more networks on one message within {NETWORK_SECONDS} s"),
)

USER_AGENTS = re.compile(
    r"""
    ^Mozilla/5\.0$                      # Apple Mail Privacy Protection sends this and nothing more
    | GoogleImageProxy | YahooMailProxy | ggpht\.com
    | Barracuda | Proofpoint | Mimecast | MessageLabs | FireEye | TrendMicro | Symantec | Cisco.?IronPort
    | SafeLinks | BingPreview | Office.?365.?Scanner
    | bot\b | crawl | spider | scanner | link.?check | preview
    | \b(?:curl|wget|python-requests|python-urllib|aiohttp|okhttp|Go-http-client|Java|libwww-perl|HeadlessChrome)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)


def is_machine_agent(user_agent: str) -> bool:
    """Whether a user agent, as the client sent it, is a machine's."""
    return bool(USER_AGENTS.search(user_agent))
