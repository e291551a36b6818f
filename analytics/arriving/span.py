"""How far back is looked, and what is told apart. Pure.

An event may come two weeks after the end of its hour; later it is history that somebody brings in. So hours are young
for two weeks, and compared with those of the four weeks before, which nothing can be added to any more: whatever is
still on its way of younger ones makes no delay look shorter than it is.
"""

from datetime import timedelta

HOUR, QUARTER = timedelta(hours=1), timedelta(minutes=15)
WEEK_HOURS = 7 * 24
YOUNG_HOURS = 14 * 24
PAST_HOURS = 28 * 24
QUARTERS = (YOUNG_HOURS + 1) * 4  # from the beginning of an hour until nothing of it is looked for
KEPT = (YOUNG_HOURS + PAST_HOURS + 24) * HOUR
NEARLY_ALL = 0.95  # what is judged waits until that share is usually here
FEWEST = 200  # events in the four weeks, of which a delay is known
FEWEST_HOURS = 24  # of the week, in which they happened: one mailing is no habit
SHOWN = (0, 1, 3, 6, 12, 24, 48, 72, 168, 336)  # hours after the end of an hour
OTHERS, CONVERSIONS = KINDS = (0, 1)  # conversions and refunds come from tills, the others from whoever sends
