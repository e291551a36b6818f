from django.urls import path

from . import (
    campaign,
    campaigns,
    campaigns_csv,
    consent,
    contacts,
    drilldown,
    health,
    looks,
    overview,
    receipt,
    saved_views,
)

app_name = "analytics"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/csv/", campaigns_csv.campaigns_csv, name="campaigns_csv"),
    path("campaigns/views/", saved_views.views, name="views"),
    path("campaigns/views/save/", saved_views.save, name="save_view"),
    path("campaigns/views/<int:pk>/", saved_views.view, name="view"),
    path("campaigns/views/<int:pk>/change/", saved_views.change, name="change_view"),
    path("campaigns/views/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("campaigns/<int:pk>/", campaign.campaign, name="campaign"),
    path("campaigns/<int:pk>/drilldown/", drilldown.drilldown, name="drilldown"),
    path("campaigns/<int:pk>/contacts/", contacts.contacts, name="contacts"),
    path("campaigns/<int:pk>/contacts/<int:contact>/", contacts.contact, name="contact"),
    path("campaigns/<int:pk>/contacts/<int:contact>/reveal/", contacts.reveal, name="reveal"),
    path("campaigns/<int:pk>/consent/", consent.consent, name="consent"),
    path("campaigns/<int:pk>/consent/<uuid:grant>/end/", consent.end, name="end"),
    path("health/", health.health, name="health"),
    path("health/<slug:name>/run/", health.run, name="run_job"),
    path("my-looks/", looks.looks, name="looks"),
    path("receipt/", receipt.receipt, name="receipt"),
]
