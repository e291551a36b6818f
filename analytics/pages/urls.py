from django.urls import path

from . import campaign, drilldown, overview, receipt

app_name = "analytics"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("campaigns/<int:pk>/", campaign.campaign, name="campaign"),
    path("campaigns/<int:pk>/drilldown/", drilldown.drilldown, name="drilldown"),
    path("receipt/", receipt.receipt, name="receipt"),
]
