"""When something happens by itself, as people say it; pure."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_ORDINALS: Final = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}


def cron_words(cron: str) -> str:
    """A cron expression as words: "every minute", "every day at 03:30"; others stay as they are."""
    minute, hour, day, month, weekday = cron.split()
    if (month, weekday) != ("*", "*"):
        return cron
    if (minute, hour, day) == ("*", "*", "*"):
        return "every minute"
    if minute.startswith("*/") and (hour, day) == ("*", "*"):
        return f"every {minute[2:]} minutes"
    if not (minute.isdecimal() and hour.isdecimal()):
        return cron
    at = f"at {int(hour):02d}:{int(minute):02d}"
    if day == "*":
        return f"every day {at}"
    if day.isdecimal():
        return f"on the {_ORDINALS.get(int(day), f'{day}th')} of each month {at}"
    return cron


def next_words(moment: datetime, zone: ZoneInfo) -> str:
    """When something happens next: "20 Nov 14:05"."""
    there = moment.astimezone(zone)
    return f"{there.day} {there:%b %H:%M}"


def next_moment(cron: str, after: datetime) -> datetime | None:
    """When something that was just switched on happens first, before Prefect has planned it.

    Args:
        cron: One of the kinds that `cron_words` has words for.
        after: Now, in the schedule's own time zone.

    Returns:
        A moment in the same zone; None for other kinds.
    """
    minute, hour, day, month, weekday = cron.split()
    if (month, weekday) != ("*", "*"):
        return None
    soon = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if (minute, hour, day) == ("*", "*", "*"):
        return soon
    if not (minute.isdecimal() and hour.isdecimal() and (day == "*" or day.isdecimal())):
        return None
    at = soon.replace(hour=int(hour), minute=int(minute))
    while at < soon or (day != "*" and at.day != int(day)):
        at += timedelta(days=1)
    return at
