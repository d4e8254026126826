"""The trials of src/trial.rs for Python's schedule: same work, same lines on stdout.

A job is made due by setting its `next_run` into the past. The clock is the machine's, unmoved and unpatched, so that
schedule pays nothing for being measured.
"""

import datetime
import statistics
import sys
import time
import tracemalloc

import schedule

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
DAILY = 1_000
HEAP = 100_000

runs = 0


def body():
    global runs
    runs += 1


def tell(work, value):
    print(f"{work}\t{value}", flush=True)


def note(work, text):
    print(f"{work}\tnote\t{text}", flush=True)


def nanos(f):
    worked = time.process_time_ns()
    begin = time.perf_counter_ns()
    f()
    taken = time.perf_counter_ns() - begin
    return time.process_time_ns() - worked if taken > 1e6 else taken


def median(millis, least, most, measure):
    """The effort of src/sample.rs."""
    begin = time.perf_counter()
    samples = []
    while True:
        samples.append(measure())
        spent = (time.perf_counter() - begin) * 1e3
        enough = len(samples) >= least and spent > millis
        if enough or len(samples) >= most or spent > 2 * millis:
            return statistics.median(samples)


def each(millis, f):
    once = nanos(f)
    for _ in range(3):
        if once < 1e6:
            once = min(once, nanos(f))
    times = int(min(max(1e6 / max(once, 1), 1), 1e5))

    def measure():
        def repeat():
            for _ in range(times):
                f()

        return nanos(repeat) / times

    return median(millis, 5, 200, measure)


def fill(jobs):
    scheduler = schedule.Scheduler()
    handles = min(max(jobs // 100, 1), 1000)
    stride = jobs // handles
    kept = []

    def register():
        for i in range(jobs):
            job = scheduler.every().hour.do(body)
            if i % stride == stride // 2:
                kept.append(job)

    taken = nanos(register)
    return scheduler, kept, taken / jobs


def all_due(scheduler, by):
    """Makes all jobs due and polls: the time, and how many ran."""
    for job in scheduler.jobs:
        job.next_run -= by
    before = runs
    taken = nanos(scheduler.run_pending)
    return taken, runs - before


def among(jobs):
    filled = []

    def register():
        filled.clear()
        scheduler, kept, taken = fill(jobs)
        filled.append((scheduler, kept))
        return taken

    first_rounds = []

    def register_and_poll():
        taken = register()
        first_rounds.append(all_due(filled[0][0], HOUR)[0] / jobs)
        return taken

    tell("register", median(400, 5, 300, register_and_poll))
    tell("first-round", statistics.median(first_rounds))
    scheduler, kept = filled.pop()
    tell("idle", each(400, scheduler.run_pending))

    ran = []

    def every_one():
        taken, count = all_due(scheduler, HOUR)
        ran.append(count)
        return taken / jobs

    tell("all-due", median(600, 5, 200, every_one))
    if min(ran) < jobs:
        note("all-due", f"of {jobs} due jobs {min(ran)} ran")

    minutely = scheduler.every().minute.do(body)
    ran.clear()

    def one():
        minutely.next_run -= datetime.timedelta(minutes=1)
        before = runs
        taken = nanos(scheduler.run_pending)
        ran.append(runs - before)
        return taken

    tell("one-due", median(400, 5, 40, one))
    if set(ran) != {1}:
        note("one-due", "another number than one ran")

    matches = jobs // 100

    def clear_tag():
        for _ in range(matches):
            scheduler.every().hour.do(body).tag("tag")
        return nanos(lambda: scheduler.clear("tag")) / matches

    if matches:
        tell("clear-tag", median(400, 3, 50, clear_tag))

    cancel(scheduler, kept, jobs)
    scattered(jobs)


def scattered(jobs):
    scheduler = schedule.Scheduler()
    apart = max(100_000 // jobs, 1)
    for job in range(jobs):
        scheduler.every(3600 + job * 611_953 % jobs * apart).seconds.do(body)
    ran = []

    def every_one():
        taken, count = all_due(scheduler, HOUR + datetime.timedelta(seconds=jobs * apart))
        ran.append(count)
        return taken / jobs

    tell("scattered", median(600, 5, 200, every_one))
    if min(ran) < jobs:
        note("scattered", f"of {jobs} due jobs {min(ran)} ran")


def cancel(scheduler, kept, jobs):
    handles = len(kept)
    if handles < 100:

        def measure():
            nonlocal scheduler
            scheduler, fresh, _ = fill(jobs)
            return nanos(lambda: [scheduler.cancel_job(job) for job in fresh]) / len(fresh)

        value = median(400, 5, 300, measure)
        left = jobs - handles
    else:
        for i in range(handles):
            other = i * 7919 % handles
            kept[i], kept[other] = kept[other], kept[i]

        def cancel_last(many):
            batch = [kept.pop() for _ in range(many)]
            return nanos(lambda: [scheduler.cancel_job(job) for job in batch]) / many

        batch = 1 if cancel_last(1) > 1e5 else handles // 12
        value = median(400, 5, len(kept) // batch, lambda: cancel_last(batch))
        left = jobs + 1 - (handles - len(kept))
    tell("cancel", value)
    if jobs <= 100_000:
        ran = all_due(scheduler, HOUR)[1]
        if ran != left:
            note("cancel", f"{ran} jobs ran afterwards, not {left}")


def half_past_ten(scheduler):
    return scheduler.every().day.at("10:30", "America/New_York").do(body)


def once():
    tell("clock", each(300, datetime.datetime.now))
    tell("call", each(300, body))
    job = half_past_ten(schedule.Scheduler())
    tell("next-daily", each(300, job._schedule_next_run))
    scheduler = schedule.Scheduler()
    tracemalloc.start()
    begin = tracemalloc.get_traced_memory()[0]
    for _ in range(HEAP):
        scheduler.every().hour.do(body)
    tell("heap", (tracemalloc.get_traced_memory()[0] - begin) / HEAP)


def daily(work, register):
    scheduler = schedule.Scheduler()
    for _ in range(DAILY):
        register(scheduler)
    ran = []

    def measure():
        taken, count = all_due(scheduler, DAY)
        ran.append(count)
        return taken / DAILY

    tell(work, median(400, 5, 40, measure))
    if min(ran) < DAILY:
        note(work, f"of {DAILY} due jobs {min(ran)} ran")


if __name__ == "__main__":
    trial = sys.argv[1]
    trials = {
        "once": once,
        "daily": lambda: daily("daily", half_past_ten),
        "daily-here": lambda: daily("daily-here", lambda scheduler: scheduler.every().day.at("10:30").do(body)),
    }
    trials.get(trial, lambda: among(int(trial)))()
