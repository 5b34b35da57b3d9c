using System.Globalization;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>
/// <c>sweeps run</c> on a cluster: submits the sweep, and looks on until it has ended. The cluster goes on without who looks on.
/// </summary>
/// <param name="options">of the node on this machine</param>
/// <param name="terminal">where it is shown</param>
/// <param name="json">as JSON</param>
/// <param name="time">the clock of pauses</param>
internal sealed class ClusterRunner(NodeOptions options, Terminal terminal, bool json, TimeProvider time)
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _linePace = TimeSpan.FromSeconds(10);
    // A fail-over takes some seconds.
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    /// <summary>Submits the sweep of a file and looks on.</summary>
    /// <returns>the exit code</returns>
    /// <exception cref="CliException">no node runs here, the cluster refuses, or the sweep cannot go on</exception>
    public async Task<int> RunAsync(string path)
    {
        using var signals = new StopSignals();
        var (spec, _) = await Submission.SendAsync(path, options, share: null);
        var folder = Path.Combine(options.Cluster.Folder, spec.Name);
        try
        {
            var ended = await WatchAsync(spec.Name, folder, signals.Token);
            return ended.End switch
            {
                SweepEnd.Completed => Report(folder),
                SweepEnd.Cancelled => throw new CliException(ExitCode.Refused, $"the sweep {spec.Name} was cancelled for good"),
                _ => throw new CliException(ExitCode.Environment, $"{ended.Reason}; what is done is kept, and the same command goes on"),
            };
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            if (!json) terminal.Line($"The cluster goes on with {spec.Name}; `sweeps pause {spec.Name}` pauses it.");
            return signals.ExitCode;
        }
    }

    private async Task<HostedStatus> WatchAsync(string name, string folder, CancellationToken stop)
    {
        using var drawing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var drawn = terminal.IsInteractive && !json
            ? LiveDrawing.ShowAsync(
                terminal, time,
                () => RunStatus.Read(folder, time) is { } now
                    ? StatusDrawing.Draw(now, $"{name} on the cluster")
                    : new Spectre.Console.Text($"{name}: waiting"),
                drawing.Token)
            : Task.CompletedTask;
        try
        {
            var (last, heard) = (DateTimeOffset.MinValue, time.GetTimestamp());
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                if (await StatusAsync(name) is { } hosted)
                {
                    if (hosted.End is not null) return hosted;
                    heard = time.GetTimestamp();
                }
                else if (time.GetElapsedTime(heard) > _patience)
                {
                    throw new CliException(
                        ExitCode.Refused,
                            $"the cluster has not answered for {_patience.TotalMinutes:F0} minutes; the same command looks on");
                }
                if (!terminal.IsInteractive && RunStatus.Read(folder, time) is { } now && now.Time - last > _linePace)
                {
                    last = now.Time;
                    Line(now);
                }
                await Task.Delay(_pause, time, stop);
            }
        }
        finally
        {
            await drawing.CancelAsync();
            await drawn;
        }
    }

    private async Task<HostedStatus?> StatusAsync(string name)
    {
        try
        {
            var status = (await ClusterAccess.AskAsync(options, new StatusRequest())).Status;
            return status?.Sweeps.FirstOrDefault(sweep => sweep.Name == name);
        }
        catch (CliException)
        {
            return null; // another node is just taking over
        }
    }

    private void Line(RunStatus now)
    {
        if (json)
        {
            terminal.Json(new { @event = "progress", now.Time, now.Fraction, now.Elapsed, now.TimeLeft });
            return;
        }
        var left = now.TimeLeft is { } time ? $", {Human.Duration(time)} left" : "";
        var stages = string.Join(", ", now.Stages.Select(RunText.Count));
        terminal.Line(string.Create(
            CultureInfo.InvariantCulture, $"{Human.Time(now.Time.ToLocalTime())} [{now.Fraction * 100,3:0}%{left}] {stages}"));
    }

    private int Report(string folder)
    {
        var sweep = SweepFolder.Load(folder, options.Store);
        var exitCode = sweep.Failures.Count == 0 ? ExitCode.Ok : ExitCode.SomeFailed;
        var report = Path.Combine(folder, ReportWriter.HtmlName);
        if (json)
        {
            terminal.Json(new { @event = "ended", end = SweepEnd.Completed, failures = sweep.Failures, report, exitCode });
            return exitCode;
        }
        terminal.Ansi.Write(TerminalSummary.Of(sweep));
        terminal.Line($"Report: {report}");
        return exitCode;
    }
}
