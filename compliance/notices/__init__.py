"""Telling people: channels, an outbox, and a job that sends."""

from .telling import Message, tell

__all__ = ["Message", "tell"]
