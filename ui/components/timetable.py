"""When something happens by itself, as people say it; pure."""

from datetime import datetime
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
