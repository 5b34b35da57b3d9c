using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Reports;
using Sweeps.Orchestrator.Tracing;
using Sweeps.Orchestrator.Web;
using Sweeps.Orchestrator.Web.Metrics;
using Sweeps.Orchestrator.Web.Reading;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Runs a sweep from its start, or from where it was stopped, to its report.</summary>
/// <param name="spec">the sweep</param>
/// <param name="folder">its folder, absolute</param>
/// <param name="options">the node</param>
/// <param name="terminal">where it is shown</param>
/// <param name="json">as JSON</param>
internal sealed class SweepRunner(SweepSpec spec, string folder, NodeOptions options, Terminal terminal, bool json)
{
    /// <summary>Runs it.</summary>
    /// <returns>the exit code</returns>
    /// <exception cref="CliException">it could not begin</exception>
    public async Task<int> RunAsync(TimeProvider time)
    {
        using var signals = new StopSignals();
        var outcome = await ShowAsync(time, signals);
        return outcome switch
        {
            { End: SweepEnd.Completed } => Report(outcome, time),
            { End: SweepEnd.Stopped } => Stopped(signals.ExitCode),
            { End: SweepEnd.Cancelled } =>
                throw new CliException(
                    ExitCode.Refused, $"the sweep in {folder} was cancelled for good: give it another folder with --dir to begin anew"),
            _ => throw new CliException(ExitCode.Environment, $"{outcome.Error}; what is done is kept, and the same command goes on"),
        };
    }

    private async Task<SweepOutcome> ShowAsync(TimeProvider time, StopSignals signals)
    {
        try
        {
            // Where it cannot be, nothing is said but why.
            Directory.CreateDirectory(folder);
            await using var web = WebService.Prepare(options, Path.Combine(folder, TrialLogs.Folder, WebLog.FileName), time);
            using var traces = TraceExport.Start(options, "");
            using var metrics = MetricsExport.OfNode("", ("sweep", folder));
            var board = new DeviceBoard();
            await using var view = View(time, web, board);
            await using var host = await SweepHost.StartAsync(
                spec, folder, options, ProcessDeviceLauncher.OfThisProgram(folder, options), time, view, signals.Token);
            if (!host.Completion.IsCompleted)
            {
                _ = web.StartAsync(new RunSource(folder, host, board, time), folder);
                if (web.Announce(folder) is { } problem) terminal.Complain($"sweeps: {problem}");
            }
            await using var stop = signals.Token.Register(() => _ = host.StopAsync());
            var outcome = await host.Completion;
            if (outcome.End == SweepEnd.Failed) web.Fail();
            return outcome;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            return new SweepOutcome(SweepEnd.Stopped, []);
        }
        catch (SpecChangedException e)
        {
            throw SpecChange.Refuse(e.Stored, e.Given, folder);
        }
        catch (WebException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
        catch (AkkaSettingsException e)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
        catch (JournalLockedException e)
        {
            throw new CliException(ExitCode.Refused, e.Message, e);
        }
        catch (Exception e) when (e is JournalException or JournalCorruptException or JobFailedException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    private RunViews View(TimeProvider time, WebService web, DeviceBoard board)
    {
        var url = web.Url;
        var title = $"{spec.Name} in {folder}{(url is null ? "" : $", {url}")}";
        if (url is not null && json) terminal.Json(new { @event = "http", time = time.GetUtcNow(), url });
        else if (url is not null && !terminal.IsInteractive) terminal.Line($"{Human.Time(time.GetLocalNow())} {url} shows it");
        var beginning = new RunBeginning(spec, folder, options, time);
        IRunView shown = json ? new JsonRunView(beginning.Progress(), terminal, time)
            : terminal.IsInteractive ? new LiveRunView(new RunWatch(beginning.Progress()), title, terminal, time)
            : new LogRunView(beginning.Progress(), terminal, time);
        return new RunViews([shown, board, .. beginning.Views(ServedSweep.IdOf(folder), web.Events)]);
    }

    private int Report(SweepOutcome outcome, TimeProvider time)
    {
        var sweep = SweepFolder.Load(folder, options.Store);
        string report;
        try
        {
            var trials = TrialHistory.Read(SweepFolder.Read(folder, options.Store));
            report = ReportWriter.Write(sweep, folder, times: ReportTimes.Describe(trials, time.GetUtcNow()));
        }
        catch (JobFailedException e)
        {
            throw new CliException(ExitCode.Environment, $"the sweep is complete, but its report cannot be written: {e.Message}", e);
        }
        var exitCode = outcome.Failures.Count == 0 ? ExitCode.Ok : ExitCode.SomeFailed;
        if (json)
        {
            terminal.Json(new { @event = "ended", end = outcome.End, failures = outcome.Failures, report, exitCode });
            return exitCode;
        }
        terminal.Ansi.Write(TerminalSummary.Of(sweep));
        terminal.Line($"Report: {report}");
        if (outcome.Failures.Count == 0) return exitCode;
        terminal.Line($"{outcome.Failures.Count} failed. Once the cause is mended, `sweeps retry {folder}` opens failed trials again.");
        terminal.Line(sweep.Models.Any(model => model.Trained is not null)
            ? "Where the cause is an option: give the changed file another folder with --dir, and let it `reuse` this one."
            : "Where the cause is an option: change the file, and run it again.");
        return exitCode;
    }

    private int Stopped(int exitCode)
    {
        if (json) terminal.Json(new { @event = "ended", end = SweepEnd.Stopped, exitCode });
        else terminal.Line("Stopped; what is done is kept, and the same command goes on.");
        return exitCode;
    }
}
