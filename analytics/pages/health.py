"""Health: does it keep its promises, is it up and fresh, what ran, what broke, is it used; and starting a job now."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from compliance import heartbeats, job_list
from compliance.acting import actor_of
from compliance.job_list import PERMISSION, JobRuns, NoBroker, NoJob

from ..levels.reading import levels
from ..parts import PARTS
from ..queries.freshness import freshness
from . import usage
from .access import PageRequest, is_poll, staff_act, staff_page, wants_fragment
from .freshness import Fresh, fresh
from .health_tiles import health_tiles, sentence
from .job_rows import GOING, job_row
from .level_rows import HEADS, level_rows, missed
from .navigation import page_context, panels
from .use_tiles import use_tiles

JOBS = "jobs"  # the id of the element that is asked for alone while a job runs
JUDGED = "day"  # the window whose missed service levels need a look: long enough not to hang on one slow answer
USED_DAYS = 30


@staff_page
def health(request: PageRequest) -> HttpResponse:
    """The page; its fragment for the poll; its jobs alone while one of them runs."""
    if not is_poll(request) and request.htmx.target != JOBS:
        usage.count("health", str(request.user.pk), timezone.now())
    return _shown(request)


@staff_act
def run(request: PageRequest, name: str) -> HttpResponse:
    """Start a job; why it was not is told above the table."""
    if not request.user.has_perm(PERMISSION):
        needed = f"This needs the permission {PERMISSION}; an administrator can give it to you."
        response = _shown(request, needed, HTTPStatus.FORBIDDEN)
        response["HX-Retarget"] = f"#{JOBS}"  # it is shown there, as other 403s are not
        return response
    try:
        job_list.start(name, actor_of(request), timezone.now())
    except NoJob as error:
        raise Http404(str(error)) from error
    except (JobRuns, NoBroker) as error:
        return _shown(request, str(error), HTTPStatus.BAD_REQUEST)
    return _shown(request) if request.htmx else redirect("analytics:health")


def _shown(request: PageRequest, problem: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    """The part that is asked for; without scripts, or with a problem, in its page."""
    now = timezone.now()
    jobs = job_list.jobs(now)
    context = {
        "jobs": [job_row(job, now) for job in jobs],
        "going": any(job.state in GOING for job in jobs),
        "may_run": request.user.has_perm(PERMISSION),
        "problem": problem,
    }
    if wants_fragment(request) and request.htmx.target == JOBS:
        return render(request, "analytics/_jobs.html", context, status=status)
    context |= _above(jobs, now)
    if wants_fragment(request):
        return render(request, "analytics/_health.html", context, status=status)
    frame = page_context(request, "analytics:health")
    return render(request, "analytics/health.html", context | frame, status=status)


def _above(jobs: list[job_list.JobState], now: datetime) -> dict[str, Any]:
    figures, stand = freshness(now=now), levels(now)
    tiles = health_tiles(figures, {name: ask() for name, _, ask in PARTS}, heartbeats.heartbeats(now), now)
    reason = sentence(tiles, missed(stand, JUDGED), jobs)
    stale = fresh(figures.completeness, now, now).stale
    return {
        "tiles": tiles,
        "fresh": Fresh(now, 0, bool(reason), reason, stale),
        "heads": HEADS,
        "levels": level_rows(stand),
        "use": use_tiles(usage.summary(USED_DAYS, today=now.date()), stand[-1][-1]),
        "use_days": USED_DAYS,
        "panels": panels("health", ""),
        "use_panels": panels("health use", ""),
    }
