#!/usr/bin/env python3
"""Says how true a run's time left was: `sweeps run FILE --json | time_left.py`, or the file that such an output was kept in.

At each tenth of the run's duration: the time left that was said then, the true one, and their ratio; then whether what was done ever fell.
"""
import json
import sys

lines = open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin
progress, end = [], None
for line in lines:
    event = json.loads(line)
    if event.get("event") == "runProgressed":
        progress.append(event)
    elif event.get("event") == "ended":
        end = event
if not progress or end is None or end["end"] != "completed":
    sys.exit("time_left.py: expected the events of a run that was completed, from `sweeps run FILE --json`")

total = progress[-1]["elapsedSeconds"]
print(f"{total:.0f} s in all")
print("of the time  done   said    true  ratio")
for tenth in range(1, 10):
    then = next(event for event in progress if event["elapsedSeconds"] >= total * tenth / 10)
    true, said = total - then["elapsedSeconds"], then["secondsLeft"]
    ratio = "    –" if not said or true <= 0 else f"{said / true:5.2f}"
    print(f"{tenth * 10:10d} %  {then['fraction'] * 100:3.0f}%  {said or 0:5.0f}  {true:6.0f}  {ratio}")
falls = sum(b["fraction"] < a["fraction"] for a, b in zip(progress, progress[1:]))
print(f"what is done fell {falls} times, and was {progress[-1]['fraction'] * 100:.0f} % at the last word before the end")
