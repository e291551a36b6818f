"""What becomes of a message: delivered or not, opened and clicked by people and by machines, and what follows."""

from dataclasses import dataclass
from functools import partial
from random import Random

from .blueprints import Audience, Mailing
from .machines import machines_look
from .people import Person
from .period import DAY, HOUR, MINUTE, READING, lively
from .plan import Campaign
from .sends import Send
from .stream import Stream
from .till import Till

HARD, SOFT = 0.003, 0.011  # shares of messages that bounce
AGAIN = 0.2  # chance of one more open, and of one more after it
SECOND_CLICK = 0.15
UNSUBSCRIBES, COMPLAINS = 0.0021, 0.0004
EVENING, EVENING_BETTER = range(17, 22), 1.4  # the lapsed, written to in the evening, click more
PAGES = tuple(
    f"https://shop.example/{page}" for page in ("new", "sale", "bags", "chairs", "lamps", "outdoor", "gifts", "basket")
)


@dataclass(slots=True, eq=False)
class Received:
    """A message to one person, or in a holdout none. What became of it, as far as others ask."""

    person: Person
    campaign: Campaign
    mailing: Mailing
    message: str
    moment: int
    held_out: bool
    reached: bool = False
    clicked_at: int | None = None


class Post:
    """Carries messages, in the order of their moments. Who clicks may buy; in a holdout that is left to `lift`."""

    def __init__(self, stream: Stream, till: Till, rng: Random) -> None:
        self.holdouts: list[Received] = []
        self.sent: dict[tuple[str, int], int] = {}  # by campaign and midnight
        self._stream = stream
        self._till = till
        self._rng = rng

    def carry(self, send: Send) -> None:
        moment, campaign, mailing, person, message = send
        if not person.takes(mailing.channel, moment):
            return
        held_out = mailing.holdout > 0 and self._rng.random() < mailing.holdout
        received = Received(person, campaign, mailing, message, moment, held_out)
        if mailing.holdout:
            self.holdouts.append(received)
        if held_out:
            self._add(received, moment, "held_out")
            return
        self._add(received, moment, "sent")
        day = campaign.external_id, moment - moment % DAY
        self.sent[day] = self.sent.get(day, 0) + 1
        received.reached = self._arrives(received)
        if received.reached:
            self._is_read(received)

    def read_at(self, received: Received) -> int:
        """When a person gets to it: soon for most, and when people read."""
        return lively(self._rng, lambda: received.moment + MINUTE + int(self._rng.expovariate(1 / (7 * HOUR))), READING)

    def open(self, received: Received, moment: int) -> None:
        self._touch(received, moment, "opened")

    def click(self, received: Received, moment: int) -> None:
        """A click of a person, and perhaps a second one."""
        received.clicked_at = moment
        self._touch(received, moment, "clicked", url=self._rng.choice(PAGES))
        if self._rng.random() < SECOND_CLICK:
            self._touch(received, moment + self._rng.randrange(15, 600), "clicked", url=self._rng.choice(PAGES))

    def _touch(self, received: Received, moment: int, kind: str, **more: object) -> None:
        person = received.person
        self._add(received, moment, kind, user_agent=person.agent, ip=person.ip, **more)

    def _add(self, received: Received, moment: int, kind: str, **more: object) -> None:
        if received.message:
            more["message"] = received.message
        self._stream.add(moment, kind, received.person, received.campaign.external_id, **more)

    def _arrives(self, received: Received) -> bool:
        chance, moment = self._rng.random(), received.moment + self._rng.randrange(1, 25)
        mailing, person = received.mailing, received.person
        if chance < HARD + SOFT:
            self._add(received, moment, "bounced", bounce="hard" if chance < HARD else "soft")
            if chance < HARD:
                person.left[mailing.channel] = moment
            return False
        if mailing.reports_deliveries:
            self._add(received, moment, "delivered")
        if mailing.channel == "email":
            machines_look(self._rng, person, moment, partial(self._add, received))
        return True

    def _is_read(self, received: Received) -> None:
        rng = self._rng
        opens, clicks = self._rates(received)
        if rng.random() < opens:
            moment = self.read_at(received)
            self.open(received, moment)
            self._opens_again(received, moment)
            clicks /= opens
        else:  # where opens are told, nobody clicks what they did not open
            moment = received.moment + 2 * MINUTE + int(rng.expovariate(1 / (2 * HOUR)))
            clicks = 0 if opens else clicks
        if rng.random() < clicks:
            self.click(received, moment + rng.randrange(4, 150))
        self._buys(received)
        self._leaves(received, moment)

    def _rates(self, received: Received) -> tuple[float, float]:
        """The chances that this person opens and clicks: opens slowly get fewer, clicks more."""
        mailing, zeal = received.mailing, received.person.zeal
        progress, change = self._till.period.progress(received.moment), received.campaign.changed(received.moment)
        opens = min(0.97, min(0.97, mailing.open * zeal * (1.08 - 0.14 * progress)) * change.open)
        clicks = mailing.click * zeal * (0.9 + 0.22 * progress) * change.click * (change.open if opens else 1)
        if mailing.audience is Audience.LAPSED and received.moment % DAY // HOUR in EVENING:
            clicks *= EVENING_BETTER
        return opens, min(clicks, 0.6 * opens if opens else 0.6)

    def _opens_again(self, received: Received, moment: int) -> None:
        while self._rng.random() < AGAIN:
            moment += MINUTE + int(self._rng.expovariate(1 / (9 * HOUR)))
            self.open(received, moment)

    def _buys(self, received: Received) -> None:
        """After a click, or after a while with what was printed: then the order bears its code."""
        mailing, person, campaign = received.mailing, received.person, received.campaign.external_id
        printed = mailing.channel == "direct_mail"
        buy = mailing.buy * person.purse * received.campaign.changed(received.moment).buy
        if mailing.holdout or not (printed or received.clicked_at) or self._rng.random() > buy:
            return
        if received.clicked_at:
            self._till.sell_after(received.clicked_at, person, mailing.basket, campaign, received.message)
        else:
            self._till.sell(received.moment + self._rng.randrange(2 * DAY, 12 * DAY), person, mailing.basket, campaign)

    def _leaves(self, received: Received, moment: int) -> None:
        chance, moment = self._rng.random(), moment + self._rng.randrange(10, 300)
        if chance < UNSUBSCRIBES + COMPLAINS and received.mailing.channel != "direct_mail":
            self._add(received, moment, "unsubscribed" if chance < UNSUBSCRIBES else "complained")
            received.person.left[received.mailing.channel] = moment
