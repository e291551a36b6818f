"""Composes the apps: settings, URLs, jobs, and the services of a machine that has none."""
