"""Runs one command and writes its times and memory as JSON: stopwatch.py RESULT.json SECONDS COMMAND...

A process of its own and small, since a command's peak memory as the kernel reports it starts at the memory of the process
that started it. Uses nothing but the standard library. SECONDS > 0: also the resident memory of the command every so often.
JSON: {"status": exit status, "seconds": wall time, "cpu": seconds of processor time of the tree,
"peak": bytes of the largest process of the tree, "samples": [bytes]}.
"""

import json
import os
import sys
import threading
import time


def sample(pid, period, samples, done):
    page = os.sysconf("SC_PAGE_SIZE")
    while not done.wait(period):
        try:
            with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
                samples.append(int(statm.read().split()[1]) * page)
        except (OSError, IndexError):
            return


def main():
    result, period, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
    start = time.perf_counter()
    pid = os.posix_spawnp(command[0], command, os.environ)
    samples, done = [], threading.Event()
    if period > 0:
        threading.Thread(target=sample, args=(pid, period, samples, done), daemon=True).start()
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - start
    done.set()
    with open(result, "w", encoding="ascii") as out:
        json.dump({"status": os.waitstatus_to_exitcode(status), "seconds": seconds,
                   "cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss * 1024, "samples": samples}, out)


if __name__ == "__main__":
    main()
