"""The orders that a campaign with a holdout truly caused: just so many more as its `lift` says.

Before this, people bought as they would have without it, in both arms alike. Of all who take part a share B converted
within OUTCOME_DAYS of being assigned. So B × lift of the treated are added, drawn from those whom the message reached
and who had not converted; each of them clicks first. Treated: B × (1 + lift). Held out: B. That is exact while each of
these campaigns runs once, for their audiences share nobody; with repeats in other markets it is diluted a little.
"""

from random import Random

from .blueprints import OUTCOME_DAYS
from .period import DAY
from .post import Post, Received
from .till import Till

SOON = 3 * DAY  # within so long after the message they have bought


def cause(post: Post, till: Till, rng: Random) -> None:
    """Add them for each campaign that holds out."""
    by_campaign: dict[str, list[Received]] = {}
    for received in post.holdouts:
        by_campaign.setdefault(received.campaign.external_id, []).append(received)
    for taking_part in by_campaign.values():
        _cause(taking_part, post, till, rng)


def converted_since(received: Received, till: Till) -> bool:
    """Whether the person converted, by any way, within OUTCOME_DAYS of being assigned."""
    moments = till.converted.get(received.person.number, ())
    return any(received.moment <= moment < received.moment + OUTCOME_DAYS * DAY for moment in moments)


def _cause(taking_part: list[Received], post: Post, till: Till, rng: Random) -> None:
    judged = [one for one in taking_part if one.moment + OUTCOME_DAYS * DAY <= till.period.end]
    if not judged:
        return
    anyhow = sum(converted_since(one, till) for one in judged) / len(judged)
    treated = [one for one in taking_part if not one.held_out]
    persuadable = [one for one in treated if one.reached and not converted_since(one, till)]
    if not persuadable:
        return
    chance = anyhow * treated[0].mailing.lift * len(treated) / len(persuadable)
    for received in persuadable:
        if rng.random() < chance:
            _persuade(received, post, till, rng)


def _persuade(received: Received, post: Post, till: Till, rng: Random) -> None:
    clicked_at = received.clicked_at
    if clicked_at is None:
        opened_at = min(post.read_at(received), received.moment + SOON // 2)
        clicked_at = opened_at + rng.randrange(5, 150)
        post.open(received, opened_at)
        post.click(received, clicked_at)
    till.sell(clicked_at + rng.randrange(240, SOON), received.person, received.mailing.basket)
