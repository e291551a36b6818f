from django.urls import path

from . import campaign, campaigns, campaigns_csv, drilldown, overview, receipt

app_name = "analytics"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/csv/", campaigns_csv.campaigns_csv, name="campaigns_csv"),
    path("campaigns/<int:pk>/", campaign.campaign, name="campaign"),
    path("campaigns/<int:pk>/drilldown/", drilldown.drilldown, name="drilldown"),
    path("receipt/", receipt.receipt, name="receipt"),
]
