#!/usr/bin/env python3
"""Writes the dashboards: what is in them is here, row by row, and dashboards/*.json is written from it.

    ops/grafana/dashboards.py           writes them
    ops/grafana/dashboards.py --check   says which are not what this writes, and fails
"""
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
SCHEMA_VERSION = 41
WIDTH = 24


def labels(*names):
    """What a query is narrowed down to, by the variables of the same names."""
    return "{" + ",".join(f'{name}=~"${name}"' for name in names) + "}"


JOB, NODE = labels("job"), labels("job", "instance")
SWEEP, MODEL, CIRCUIT = labels("job", "sweep"), labels("job", "sweep", "model"), labels("job", "sweep", "model", "task")


def quantile(part, histogram, among, *by, window="$__rate_interval"):
    """A quantile of what a histogram counted, by some of its labels."""
    return f"histogram_quantile({part}, sum by ({', '.join((*by, 'le'))}) (rate({histogram}_bucket{among}[{window}])))"


def series(title, text, unit, width, *queries, stacked=False, log=False, most=None):
    """Values over time. Each query is an expression and what its lines are called."""
    custom = {"lineWidth": 1, "fillOpacity": 30 if stacked else 6, "showPoints": "never", "spanNulls": False,
              "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
              "scaleDistribution": {"type": "log", "log": 10} if log else {"type": "linear"}}
    bounds = {"min": 0, **({} if most is None else {"max": most})} if not log else {}
    return panel("timeseries", title, text, width, 8, queries, {"unit": unit, "custom": custom, **bounds}, {
        "legend": {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    })


def stat(title, text, unit, width, *queries, named=False):
    """The latest value, large; with `named` what it is called instead."""
    return panel("stat", title, text, width, 4, queries, {"unit": unit}, {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "orientation": "auto",
        "textMode": "name" if named else "auto", "colorMode": "none", "graphMode": "area", "justifyMode": "auto",
    }, instant=named)


def table(title, text, unit, width, *queries):
    """The latest values, a row for each series."""
    shown = panel("table", title, text, width, 8, queries, {"unit": unit}, {"showHeader": True}, instant=True)
    for target in shown["targets"]:
        target["format"] = "table"
    shown["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {
            "excludeByName": {"Time": True, "__name__": True, "job": True}, "indexByName": {}, "renameByName": {}}},
    ]
    return shown


def panel(kind, title, text, width, height, queries, defaults, options, instant=False):
    targets = [
        {"refId": chr(ord("A") + number), "expr": expression, "legendFormat": name, "datasource": SOURCE, "editorMode": "code",
         "range": not instant, "instant": instant}
        for number, (expression, name) in enumerate(queries)]
    return {"type": kind, "title": title, "description": text, "datasource": SOURCE, "gridPos": {"x": 0, "y": 0, "w": width, "h": height},
            "fieldConfig": {"defaults": defaults, "overrides": []}, "options": options, "targets": targets}


def variable(name, query, many=True):
    """A choice among the values of a label."""
    return {"type": "query", "name": name, "label": name, "datasource": SOURCE, "query": {"query": query, "refId": name}, "refresh": 2,
            "sort": 1, "multi": many, "includeAll": many, "allValue": ".*", "hide": 0, "regex": "", "options": [],
            "current": {"selected": True, "text": "All", "value": "$__all"}}


PLACE = variable("job", "label_values(sweeps_build_info, job)")
BY_SWEEP = variable("sweep", 'label_values(sweeps_sweep_progress{job=~"$job"}, sweep)')

BOARDS = {
    "sweeps": ("Sweeps", "State, progress and what is lost of every sweep.", [PLACE, BY_SWEEP], [
        ("Now", [
            stat("State", "Running, paused, completed or cancelled", "none", 4, (f"sweeps_sweep_state{SWEEP} == 1", "{{sweep}} {{state}}"),
                 named=True),
            stat("Done", "Of the work of all stages, in seconds of devices", "percentunit", 4,
                 (f"sweeps_sweep_progress{SWEEP}", "{{sweep}}")),
            stat("Time left", "At the rate of this run; nothing before anything was measured", "s", 4,
                 (f"sweeps_sweep_eta_seconds{SWEEP}", "{{sweep}}")),
            stat("Runs for", "Since this run of the sweep began", "s", 4,
                 (f"time() - sweeps_sweep_start_time_seconds{SWEEP}", "{{sweep}}")),
            stat("Circuits", "Written by this run", "short", 4, (f"sum by (sweep) (sweeps_circuits_found_total{SWEEP})", "{{sweep}}")),
            stat("Attempts lost, 1 h", "By faults of the world or the program, not those told to stop", "short", 4,
                 (f'sum by (sweep) (increase(sweeps_attempts_lost_total{SWEEP[:-1]},reason!="interrupted"}}[1h]))', "{{sweep}}")),
        ]),
        ("Work", [
            series("Progress by stage", "Trials or searches that have ended, of those known by now", "percentunit", 12,
                   (f"sum by (sweep, stage) (sweeps_stage_done{SWEEP}) / sum by (sweep, stage) (sweeps_stage_planned{SWEEP} > 0)",
                    "{{sweep}} {{stage}}"), most=1),
            series("Trials that wait and run", "By kind", "short", 12,
                   (f"sum by (kind, state) (sweeps_trials{SWEEP})", "{{kind}} {{state}}"),
                   stacked=True),
            series("Trials ended per minute", "By kind and outcome", "short", 12,
                   (f"sum by (kind, outcome) (rate(sweeps_trials_ended_total{SWEEP}[$__rate_interval])) * 60", "{{kind}} {{outcome}}")),
            series("Left out", "Trials and searches that failed for good", "short", 12,
                   (f"sum by (sweep, stage) (sweeps_stage_failed{SWEEP})", "{{sweep}} {{stage}}")),
            series("Attempts lost per hour", "By reason", "short", 12,
                   (f"sum by (sweep, reason) (rate(sweeps_attempts_lost_total{SWEEP}[$__rate_interval])) * 3600", "{{sweep}} {{reason}}")),
            series("Late messages refused per hour", "About attempts that were over: a few are usual after a loss", "short", 12,
                   (f"sum by (sweep) (rate(sweeps_messages_refused_total{SWEEP}[$__rate_interval])) * 3600", "{{sweep}}")),
        ]),
        ("Queue", [
            series("Jobs", "That wait for a device, and that devices work on", "short", 8,
                   (f"sum by (sweep) (sweeps_queue_length{SWEEP})", "{{sweep}} waiting"),
                   (f"sum by (sweep) (sweeps_queue_running{SWEEP})", "{{sweep}} running")),
            series("Wait for a device", "Median and 95th percentile of all kinds", "s", 8,
                   (quantile(0.5, "sweeps_queue_wait_seconds", JOB), "median"),
                   (quantile(0.95, "sweeps_queue_wait_seconds", JOB), "95 %")),
            series("Duration of jobs", "Median by kind", "s", 8,
                   (quantile(0.5, "sweeps_job_duration_seconds", JOB, "kind"),
                    "{{kind}}")),
        ]),
        ("Searches", [
            series("Rounds closed", "By model and task", "short", 8, (f"sweeps_search_rounds_closed{SWEEP}", "{{model}} {{task}}")),
            series("Best edges", "The smallest circuit so far", "short", 8,
                   (f"sweeps_search_best_edges{SWEEP}", "{{model}} {{task}}"), log=True),
            series("Suggesting", "95th percentile of the time that the suggestions of a round take", "s", 8,
                   (quantile(0.95, "sweeps_search_suggest_duration_seconds", JOB, "of"),
                    "{{of}}")),
        ]),
    ]),
    "sweeps-devices": ("Sweeps: devices and cluster", "Machines, processes, journal and who coordinates.", [
        PLACE, variable("instance", 'label_values(sweeps_build_info{job=~"$job"}, instance)')], [
        ("Devices", [
            series("Busy", "Fraction of the time with a job", "percentunit", 12,
                   (f"sum by (instance, device) (rate(sweeps_device_busy_seconds_total{NODE}[$__rate_interval]))",
                    "{{instance}} {{device}}"),
                   most=1),
            series("Memory of tensors", "Of CPU devices, of their budget", "percentunit", 12,
                   (f"sweeps_device_memory_live_bytes{NODE} / (sweeps_device_memory_budget_bytes{NODE} > 0)", "{{instance}} {{device}}"),
                   (f"sweeps_device_memory_peak_bytes{NODE} / (sweeps_device_memory_budget_bytes{NODE} > 0)",
                    "{{instance}} {{device}} peak")),
            series("Silence", "Since the process last spoke; it is killed at heartbeat_timeout, 30 s", "s", 8,
                   (f"sweeps_device_heartbeat_age_seconds{NODE}", "{{instance}} {{device}}")),
            series("Without progress", "Since the job last went on; its process is killed at progress_timeout, 10 min", "s", 8,
                   (f"sweeps_device_progress_age_seconds{NODE}", "{{instance}} {{device}}")),
            series("Work without a checkpoint", "Of running trainings", "s", 8,
                   (f"sweeps_checkpoint_age_seconds{NODE}", "{{instance}} {{device}}")),
            series("Ends of processes per hour", "That were not asked for", "short", 8,
                   (f"sum by (instance, device, reason) (rate(sweeps_device_restarts_total{NODE}[$__rate_interval])) * 3600",
                    "{{instance}} {{device}} {{reason}}")),
            series("Writing a checkpoint", "95th percentile, sync included", "s", 8,
                   (quantile(0.95, "sweeps_checkpoint_write_duration_seconds", NODE, "instance", window="1h"),
                    "{{instance}}")),
            table("States", "How the devices are, and what they are", "none", 8,
                  (f"(sweeps_device_state{NODE} == 1)"
                   f" * on (job, instance, device) group_left (libtorch, capability) sweeps_device_info{NODE}",
                   "")),
        ]),
        ("GPUs", [
            series("Utilisation", "Fraction of the time in which a kernel ran", "percentunit", 6,
                   (f"sweeps_gpu_utilization{NODE}", "{{instance}} {{gpu}}"), most=1),
            series("Memory", "Taken, of all", "percentunit", 6,
                   (f"sweeps_gpu_memory_used_bytes{NODE} / sweeps_gpu_memory_size_bytes{NODE}", "{{instance}} {{gpu}}"), most=1),
            series("Power", "", "watt", 6, (f"sweeps_gpu_power_watts{NODE}", "{{instance}} {{gpu}}")),
            series("Temperature", "", "celsius", 6, (f"sweeps_gpu_temperature_celsius{NODE}", "{{instance}} {{gpu}}")),
        ]),
        ("Journal and disk", [
            series("Writes", "Median and 99th percentile, from the request to the sync", "s", 8,
                   (quantile(0.5, "sweeps_journal_append_duration_seconds", NODE, "instance"),
                    "{{instance}} median"),
                   ("sweeps:journal_append_p99:5m" + NODE, "{{instance}} 99 %")),
            series("Oldest write under way", "Above some seconds the journal does not take events", "s", 8,
                   (f"sweeps_journal_write_age_seconds{NODE}", "{{instance}}")),
            series("Failures per hour", "Most are tried again", "short", 8,
                   (f"rate(sweeps_journal_failures_total{NODE}[$__rate_interval]) * 3600", "{{instance}}")),
            series("Events per second", "Stored", "short", 8,
                   (f"rate(sweeps_journal_events_total{NODE}[$__rate_interval])", "{{instance}}")),
            series("Size", "Of journals in SQLite; and bytes written by this run", "bytes", 8,
                   (f"sweeps_journal_size_bytes{NODE}", "{{instance}} {{sweep}}"),
                   (f"sweeps_journal_written_bytes_total{NODE}", "{{instance}} written")),
            series("Free disk", "Of the folders of sweeps and of nodes", "bytes", 8,
                   (f"sweeps_disk_free_bytes{NODE}", "{{instance}} {{folder}}")),
        ]),
        ("Cluster", [
            stat("Coordinates", "The node that does", "none", 6, (f"sweeps_cluster_coordinator{JOB} == 1", "{{node}}"), named=True),
            stat("Term", "Counts the coordinators", "none", 6, (f"max by (job) (sweeps_cluster_term{JOB})", "{{job}}")),
            stat("Age of the lease", "It is renewed four times in its duration, 8 s", "s", 6,
                 (f"sweeps_cluster_lease_age_seconds{JOB}", "{{node}}")),
            stat("Clock", "Off that of Prometheus, at worst", "s", 6,
                 (f"max by (job) (abs(sweeps_node_time_seconds{JOB} - timestamp(sweeps_node_time_seconds{JOB})))", "{{job}}")),
            series("Members", "As each node sees them", "short", 12, (f"sweeps_cluster_members{NODE}", "{{instance}} {{role}} {{status}}")),
            table("Processes", "What runs where", "none", 12, (f"sweeps_build_info{NODE}", "")),
        ]),
    ]),
    "sweeps-science": ("Sweeps: science", "Losses, sparsity and circuits.", [
        PLACE, BY_SWEEP, variable("model", 'label_values(sweeps_model_loss{job=~"$job",sweep=~"$sweep"}, model)'),
        variable("task", 'label_values(sweeps_search_rounds_closed{job=~"$job",sweep=~"$sweep"}, task)')], [
        ("Training", [
            series("Training loss", "Nats per token", "none", 12, (f"sweeps_model_loss{MODEL}", "{{model}}")),
            series("Validation loss", "Nats per token, at the last evaluation", "none", 12,
                   (f"sweeps_model_validation_loss{MODEL}", "{{model}}")),
            series("L0", "Nonzero fraction of the matrices", "percentunit", 8, (f"sweeps_model_l0{MODEL}", "{{model}}"), log=True),
            series("Dead nodes", "Nonzero on no token of the last evaluation", "percentunit", 8,
                   (f"sweeps_model_dead{MODEL}", "{{model}}")),
            series("Tokens per second", "Of all devices", "short", 8,
                   (f"sum by (sweep) (rate(sweeps_train_tokens_total{SWEEP}[$__rate_interval]))", "{{sweep}}")),
        ]),
        ("Circuits", [
            series("Best edges by task", "The smallest circuit of any model so far", "short", 12,
                   (f"min by (task) (sweeps_search_best_edges{CIRCUIT})", "{{task}}"), log=True),
            series("Best nodes by task", "The smallest circuit of any model so far", "short", 12,
                   (f"min by (task) (sweeps_search_best_nodes{CIRCUIT})", "{{task}}"), log=True),
            table("Edges by task and L0", "Of the best circuits, beside how sparse and how good their models are", "none", 24,
                  (f"max by (sweep, model, task) (sweeps_search_best_edges{CIRCUIT})", ""),
                  (f"max by (sweep, model) (sweeps_model_l0{MODEL})", ""),
                   (f"max by (sweep, model) (sweeps_model_validation_loss{MODEL})", "")),
            series("Prunings known", "By model and task", "short", 8, (f"sweeps_search_observations{CIRCUIT}", "{{model}} {{task}}")),
            table("Sufficient and necessary",
                  "Losses on test pairs: only the circuit, the model without it, all others resampled. Guessing has 0.69.",
                  "none", 16, (f"sum by (sweep, model, task, check) (sweeps_circuit_loss{CIRCUIT})", "")),
            series("Edges of validated circuits", "", "short", 24, (f"sweeps_circuit_edges{CIRCUIT}", "{{model}} {{task}}"), log=True),
        ]),
    ]),
}


def board(uid, title, text, variables, rows):
    """A dashboard, laid out from left to right."""
    panels, y, number = [], 0, 0
    for row, members in rows:
        number += 1
        panels.append({"id": number, "type": "row", "title": row, "collapsed": False, "panels": [],
                       "gridPos": {"x": 0, "y": y, "w": WIDTH, "h": 1}})
        x, y, tallest = 0, y + 1, 0
        for member in members:
            place = member["gridPos"]
            if x + place["w"] > WIDTH:
                x, y, tallest = 0, y + tallest, 0
            number += 1
            panels.append({"id": number, **member, "gridPos": {**place, "x": x, "y": y}})
            x, tallest = x + place["w"], max(tallest, place["h"])
        y += tallest
    source = {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1, "hide": 0,
              "includeAll": False, "multi": False, "options": [], "regex": ""}
    return {
        "uid": uid, "title": title, "description": text, "tags": ["sweeps"], "schemaVersion": SCHEMA_VERSION, "version": 1,
        "editable": True,
        "timezone": "browser", "refresh": "15s", "time": {"from": "now-6h", "to": "now"}, "timepicker": {}, "graphTooltip": 1,
        "fiscalYearStartMonth": 0, "annotations": {"list": []}, "templating": {"list": [source, *variables]}, "panels": panels,
        "links": [{"type": "dashboards", "title": "Sweeps", "tags": ["sweeps"], "asDropdown": False, "includeVars": True, "keepTime": True,
                   "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}],
    }


def main():
    stale = []
    for uid, content in BOARDS.items():
        path = HERE / "dashboards" / f"{uid}.json"
        text = json.dumps(board(uid, *content), indent=1) + "\n"
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
    if stale:
        sys.exit(f"not what ops/grafana/dashboards.py writes: {', '.join(stale)}")


if __name__ == "__main__":
    main()
