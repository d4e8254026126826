"""Prints the nanoseconds that APScheduler takes to read an expression, and for one of its next slots: medians."""

import sys
from datetime import datetime
from statistics import median
from time import perf_counter_ns
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

text, count, zone = sys.argv[1].replace("L", "last"), int(sys.argv[2]), ZoneInfo("America/New_York")


def nanos(n, work):
    samples = []
    for _ in range(31):
        start = perf_counter_ns()
        work()
        samples.append((perf_counter_ns() - start) / n)
    return median(samples)


def slots():
    slot = datetime(2024, 1, 10, 13, tzinfo=zone)
    for _ in range(count):
        slot = trigger.get_next_fire_time(slot, slot)


trigger = CronTrigger.from_crontab(text, zone)
print(nanos(1, lambda: CronTrigger.from_crontab(text, zone)), nanos(count, slots))
