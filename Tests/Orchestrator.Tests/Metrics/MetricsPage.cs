using System.Text;
using Sweeps.Actors.Metrics;

namespace Sweeps.Orchestrator.Tests.Metrics;

/// <summary>docs/metrics.md, as the instruments say it.</summary>
internal static class MetricsPage
{
    private const string Head = """
        # Metrics

        Every process that runs sweeps, or is a node of a cluster, serves these at `/metrics` of its [HTTP address](../cluster.hocon), in
        Prometheus's text form and in OpenMetrics. [ops/prometheus](../ops/prometheus/README.md) has a configuration for Prometheus with
        alerts, [ops/grafana](../ops/grafana/README.md) dashboards, and [runbook.md](runbook.md) what to do when an alert fires.

        This page is written from the program (`make metrics-page`), and a test holds it against what Prometheus reads of real processes.

        - A histogram has `_bucket`, `_sum` and `_count` behind its name. Counters begin at zero with their process; gauges of what a sweep
          has found are right from the first moment of a resumed one.
        - Labels have few values: none is a trial or a hyperparameter. Beyond the limit of an instrument, a counter or a histogram counts in
          one series with the label `otel_metric_overflow`, and a gauge leaves the rest out.
        - A process tells what it knows: sweeps, searches and queues come from the process that runs the sweep, on a cluster the node that
          coordinates; devices from the node that they belong to.
        - `sweeps_gpu_*` come from NVIDIA's management library, where there is a driver.
        - Beside these there are .NET's own of the runtime (`dotnet_*`, without the garbage collector's) and of HTTP (`http_server_*`,
          `kestrel_*`).

        | metric | kind | labels | limit | meaning |
        |---|---|---|---|---|

        """;

    public static string Of(IEnumerable<InstrumentInfo> instruments)
    {
        var page = new StringBuilder(Head);
        foreach (var of in instruments)
        {
            var labels = string.Join(", ", of.Labels.Select(label => $"`{label}`"));
            page.Append(
                $"| `{of.PrometheusName}` | {of.Kind.ToString().ToLowerInvariant()} | {labels} | {of.Limit} | {of.Description} |\n");
        }
        return page.ToString();
    }
}
