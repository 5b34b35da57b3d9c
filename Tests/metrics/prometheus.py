"""A Prometheus of the test's own."""
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import yaml

STARTING = 30  # seconds


def hurried(rules):
    """The rules with times of seconds, and nothing else changed: what fires in them fires for the reason that is written there."""
    quick = {"s": 1, "m": 60, "h": 3600}

    def window(found):
        return f"[{min(30, int(found[1]) * quick[found[2]])}s]"

    for group in rules["groups"]:
        group["interval"] = "1s"
        for rule in group["rules"]:
            rule["expr"] = re.sub(r"\[(\d+)([smh])\]", window, rule["expr"])
            if "for" in rule:
                rule["for"] = "1s"
    return rules


class Prometheus:
    """As ops/prometheus has it, but that it scrapes each second and looks at the rules as often."""

    def __init__(self, folder, rules, port):
        folder.mkdir(parents=True)
        self.folder, self.targets, self.base = folder, folder / "targets", f"http://127.0.0.1:{port}/api/v1/"
        self.targets.mkdir()
        (folder / "rules.yml").write_text(yaml.safe_dump(hurried(yaml.safe_load(rules.read_text(encoding="utf-8")))), encoding="utf-8")
        settings = yaml.safe_load((rules.parent / "prometheus.yml").read_text(encoding="utf-8"))
        settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s", "scrape_timeout": "1s"}
        settings["scrape_configs"][0]["file_sd_configs"][0]["refresh_interval"] = "1s"
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        program = shutil.which("prometheus")
        if program is None:
            raise FileNotFoundError("prometheus is missing: run `bash ops/setup.sh tests`")
        self.log = open(folder / "prometheus.log", "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", program, f"--config.file={folder / 'prometheus.yml'}",
             f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}"],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL, cwd=folder)
        until = time.monotonic() + STARTING
        while True:
            try:
                # Before it is ready it listens, and answers 503.
                urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=30).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"Prometheus did not start; see {self.log.name}") from None
                time.sleep(0.1)

    def get(self, path, **arguments):
        """What it answers, or why it does not."""
        try:
            with urllib.request.urlopen(f"{self.base}{path}?{urllib.parse.urlencode(arguments)}", timeout=30) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as refusal:
            raise AssertionError(f"Prometheus refuses {path} {arguments}: {refusal.read().decode()}") from None

    def now(self, query):
        """The series of an instant query with their values."""
        return [(series["metric"], float(series["value"][1])) for series in self.get("query", query=query)["result"]]

    def ever(self, query, since):
        """The numbers of a query at each second since then; what is no number is left out."""
        found = self.get("query_range", query=query, start=since, end=time.time(), step="1s")["result"]
        return [float(value) for series in found for _, value in series["values"] if value != "NaN"]

    def alerts(self, instance=None):
        """The names of the alerts that fire: of an instance and of those that are of none, or all."""
        return {alert["labels"]["alertname"] for alert in self.get("alerts")["alerts"]
                if alert["state"] == "firing" and instance in (None, alert["labels"].get("instance", instance))}

    def wait(self, what, until, patience):
        """Waits for something to be so."""
        begun = time.monotonic()
        while not (found := until()):
            if time.monotonic() - begun > patience:
                raise AssertionError(f"{what} did not happen within {patience} s; alerts: {sorted(self.alerts())}; see {self.folder}")
            time.sleep(0.3)
        return found

    def close(self):
        """Ends it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.log.close()
