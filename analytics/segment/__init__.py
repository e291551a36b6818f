"""The Segment-compatible door: what clients that people already have send, read as events of ours."""
