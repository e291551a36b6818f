"""`/metrics`: what can be measured of an installation, in Prometheus' text format."""
