from django.urls import path

from . import acts, listing, panels, receipt

app_name = "recommendations"

urlpatterns = [
    path("", listing.recommendations, name="list"),
    path("top/", panels.top, name="top"),
    path("of-campaign/", panels.of_campaign, name="of_campaign"),
    path("kept/", panels.kept, name="kept"),
    path("<int:pk>/", listing.one, name="one"),
    path("<int:pk>/figures/<int:number>/", receipt.figure, name="figure"),
    path("<int:pk>/accept/", acts.accept, name="accept"),
    path("<int:pk>/dismiss/", acts.dismiss, name="dismiss"),
    path("<int:pk>/snooze/", acts.snooze, name="snooze"),
    path("<int:pk>/implement/", acts.implement, name="implement"),
    path("<int:pk>/undo/", acts.undo, name="undo"),
]
