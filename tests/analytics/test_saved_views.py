"""Views of the ranking that people save by name."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.html import escape

from analytics.models import SavedView
from tests.analytics.test_overview import text_of
from tests.analytics.totals import campaign, version

pytestmark = pytest.mark.django_db

URL = "/admin/marketing/campaigns/"
VIEWS = f"{URL}views/"
QUERY = "channel=email&columns=sends&sort=-sends"
HTMX = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{URL}"}


@pytest.fixture
def ada(client: Client) -> User:
    version()
    campaign("spring")
    user = User.objects.create(username="ada", is_staff=True)
    client.force_login(user)
    return user


@pytest.fixture
def grace() -> User:
    return User.objects.create(username="grace", is_staff=True)


def saved(owner: User, name: str = "Mails", **fields: Any) -> SavedView:
    return SavedView.objects.create(**{"owner": owner, "page": "campaigns", "name": name, "query": QUERY} | fields)


def post(client: Client, path: str = "save/", headers: dict[str, str] | None = None, **fields: Any) -> Any:
    return client.post(f"{VIEWS}{path}", fields, headers=headers)


def test_a_view_is_saved_and_its_address_leads_to_the_page_as_it_was(client: Client, ada: User) -> None:
    response = post(client, name="  Mails ", query=f"period=30d&cursor=x&basis=send&{QUERY}")
    view = SavedView.objects.get()
    assert (view.owner, view.name, view.query, view.shared) == (ada, "Mails", QUERY, False)
    assert (response.status_code, response.url) == (302, f"{VIEWS}{view.pk}/")
    opened: Any = client.get(response.url)
    assert (opened.status_code, opened.url) == (302, f"{URL}?{QUERY}")
    page = client.get(opened.url).content.decode()
    assert re.search(rf'href="{VIEWS}{view.pk}/" aria-current="true"><bdi>Mails<', page)
    assert 'aria-current="true"' not in client.get(URL).content.decode()


def test_saving_in_place_gives_the_views_anew(client: Client, ada: User) -> None:
    response = post(client, headers=HTMX, name="Mails", query=QUERY, shared="on")
    assert response.status_code == 200
    assert response.content.decode().lstrip().startswith('<div class="views" id="views"')
    assert 'aria-current="true"><bdi>Mails<' in response.content.decode()
    assert SavedView.objects.get().shared


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Give the view a name."),
        ("   ", "Give the view a name."),
        ("x" * 81, "A name has at most 80 characters; this one has 81."),
        ("a\x00b", "Null characters are not allowed."),
        ("Mails", "There is a view “Mails” already"),
    ],
)
def test_a_name_that_cannot_be_is_told_and_what_was_typed_is_kept(
    client: Client, ada: User, name: str, says: str
) -> None:
    saved(ada)
    whole = post(client, name=name, query="sort=cpa")
    part = post(client, headers=HTMX, name=name, query="sort=cpa")
    for response in (whole, part):
        assert response.status_code == 400
        assert says in text_of(response)
        assert 'name="query" value="sort=cpa"' in response.content.decode()
    assert part.headers["HX-Reswap"] == "morph"
    assert b"<html" in whole.content
    assert b"<html" not in part.content
    assert SavedView.objects.get().query == QUERY


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("sort=beauty", "Filters: Sort: “beauty” is not"),
        ("channel=pigeon&basis=noon", "There is no channel &#x27;pigeon&#x27;"),
        ("%%%", "Filters: There is no filter “%%%”."),
        (f"{QUERY}&junk=1", "There is no filter “junk”."),
        (f"search={'x' * 8000}", "They take 8007 characters; at most 8000 are kept."),
        ("&".join(["tag=x"] * 1200), "They are too many."),
    ],
)
def test_a_state_that_the_ranking_does_not_have_is_told_and_what_was_typed_is_kept(
    client: Client, ada: User, query: str, says: str
) -> None:
    whole = post(client, name="Mine", query=query, shared="on")
    part = post(client, headers=HTMX, name="Mine", query=query, shared="on")
    for response in (whole, part):
        assert response.status_code == 400
        assert says in text_of(response)
        assert f'name="query" value="{escape(query)}"' in response.content.decode()
        assert 'name="name" id="view-name" value="Mine"' in response.content.decode()
        assert 'name="shared" checked' in response.content.decode()
    assert not SavedView.objects.exists()


def test_a_view_of_the_same_name_is_replaced_when_asked_to_be(client: Client, ada: User, grace: User) -> None:
    first, other = saved(ada), saved(grace)
    assert b'name="replace"' in post(client, name="Mails", query="sort=cpa").content
    post(client, name="Mails", query="sort=cpa", replace="on")
    first.refresh_from_db()
    other.refresh_from_db()
    assert (first.query, other.query) == ("sort=cpa", QUERY)


def test_the_database_keeps_names_apart(ada: User) -> None:
    saved(ada)
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(ada)


def test_everybody_sees_their_own_and_the_shared_ones(client: Client, ada: User, grace: User) -> None:
    mine, shared, private = saved(ada), saved(grace, "Hers", shared=True), saved(grace, "Secret")
    for path in (URL, VIEWS):
        page = client.get(path).content.decode()
        assert ">Mails<" in page
        assert ">Hers<" in page
        assert "Secret" not in page
    assert [client.get(f"{VIEWS}{view.pk}/").status_code for view in (mine, shared, private)] == [302, 302, 404]
    assert client.get(f"{VIEWS}999/").status_code == 404


def test_only_its_owner_changes_a_view(client: Client, ada: User, grace: User) -> None:
    shared, private = saved(grace, "Hers", shared=True), saved(grace, "Secret")
    assert f"{VIEWS}{shared.pk}/change/" not in client.get(VIEWS).content.decode()
    for view, status in ((shared, 403), (private, 404)):
        for act in ("change", "delete"):
            assert post(client, f"{view.pk}/{act}/", name="Mine").status_code == status
    assert sorted(SavedView.objects.values_list("name", flat=True)) == ["Hers", "Secret"]


def test_a_superuser_changes_the_shared_views_of_others_and_may_open_all(
    client: Client, ada: User, grace: User
) -> None:
    User.objects.filter(pk=ada.pk).update(is_superuser=True)
    shared, private = saved(grace, "Hers", shared=True), saved(grace, "Secret")
    assert f"{VIEWS}{shared.pk}/change/" in client.get(VIEWS).content.decode()
    assert "Secret" not in client.get(VIEWS).content.decode()
    assert client.get(f"{VIEWS}{private.pk}/").status_code == 302
    post(client, f"{shared.pk}/change/", name="Theirs", shared="on")
    shared.refresh_from_db()
    assert (shared.name, shared.owner) == ("Theirs", grace)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_view_is_renamed_shared_taken_back_and_deleted(client: Client, ada: User, headers: dict[str, str]) -> None:
    view = saved(ada)
    done = post(client, f"{view.pk}/change/", headers, name="Best mails", shared="on")
    assert done.status_code == (200 if headers else 302)
    view.refresh_from_db()
    assert (view.name, view.shared, view.query) == ("Best mails", True, QUERY)
    post(client, f"{view.pk}/change/", headers, name="Best mails")
    view.refresh_from_db()
    assert not view.shared
    gone = post(client, f"{view.pk}/delete/", headers)
    assert gone.status_code == (200 if headers else 302)
    assert not SavedView.objects.exists()


def test_a_view_cannot_take_the_name_of_another(client: Client, ada: User) -> None:
    first, second = saved(ada), saved(ada, "Other")
    response = post(client, f"{second.pk}/change/", name="Mails")
    assert response.status_code == 400
    assert "There is a view “Mails” already; choose another name." in text_of(response, f"view-{second.pk}")
    assert "already" not in text_of(response, f"view-{first.pk}").split("Other")[0]


def test_many_views_do_not_crowd_the_page(client: Client, ada: User) -> None:
    for number in range(20):
        saved(ada, f"View {number:02}")
    page = client.get(URL).content.decode()
    assert "View 11" in page
    assert "View 12" not in page
    assert "8 more" in page
    assert "View 19" in client.get(VIEWS).content.decode()


def test_names_do_no_harm(client: Client, ada: User) -> None:
    saved(ada, "<script>alert(1)</script>")
    for path in (URL, VIEWS):
        assert b"<script>alert" not in client.get(path).content


@pytest.mark.parametrize("path", ["", "save/", "1/", "1/change/", "1/delete/"])
def test_strangers_go_to_the_login(client: Client, path: str) -> None:
    for user in (None, User.objects.create(username="mallory")):
        if user:
            client.force_login(user)
        acts = path.endswith(("save/", "change/", "delete/"))
        response: Any = client.post(f"{VIEWS}{path}") if acts else client.get(f"{VIEWS}{path}")
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")


def test_a_form_without_its_token_is_refused(ada: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(f"{VIEWS}save/", {"name": "x"}).status_code == 403


def test_the_admin_lists_views(admin_client: Client, ada: User) -> None:
    view = saved(ada)
    assert b"Mails" in admin_client.get("/admin/analytics/savedview/").content
    assert admin_client.get(f"/admin/analytics/savedview/{view.pk}/change/").status_code == 200
