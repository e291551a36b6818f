"""The one query layer. Usage, from any page, endpoint, export or rule:

    scope = parse(request_parameters, now=now, time_zone=settings.REPORTING_TIME_ZONE, currency=...)
    kpis.summary(scope, ("sends", "roi"), now=now)  # -> answers.Kpis

It reads totals only. Bad questions raise `analytics.scope.ScopeError`.
"""
