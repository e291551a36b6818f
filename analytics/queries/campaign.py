from ..models import Campaign


class NoCampaignError(LookupError):
    """There is no campaign of that id; the message says so and names the way out."""


def campaign_of(pk: int) -> Campaign:
    """The campaign of this id. Raises `NoCampaignError`."""
    campaign = Campaign.objects.filter(pk=pk).first()
    if campaign is None:
        raise NoCampaignError(
            f"There is no campaign {pk}; GET /api/v1/campaigns lists those there are, with their ids."
        )
    return campaign
