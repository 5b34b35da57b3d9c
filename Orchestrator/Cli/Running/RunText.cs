using System.Globalization;
using Sweeps.Domain.Reuse;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>The words for what happens in a run.</summary>
internal static class RunText
{
    /// <summary>How far a trial is, on one line.</summary>
    public static string Trial(RunningTrial trial)
    {
        var parts = new List<string> { $"{trial.Id} on {trial.Device}" };
        if (trial.Progress is { } progress) parts.Add(Progress(progress));
        if (trial.StepsPerSecond is { } rate) parts.Add($"{Human.Number(rate, 3)} steps/s");
        if (trial.TimeLeft is { } left) parts.Add($"{Human.Duration(left)} left");
        return string.Join(", ", parts);
    }

    /// <summary>How far a job is, in its own words.</summary>
    public static string Progress(JobProgress progress)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"step {progress.Step}/{progress.Steps}");
        if (progress.Loss is { } loss) text += string.Create(CultureInfo.InvariantCulture, $", loss {loss:0.000}");
        return progress.Note is { } note ? $"{text}, {note}" : text;
    }

    /// <summary>How far a search is, on one line.</summary>
    public static string Search(SearchProgressed search) => string.Create(CultureInfo.InvariantCulture,
        $"{search.Search}: round "
            + $"{search.RoundsClosed}/{search.Rounds}{(search.Ended && search.RoundsClosed < search.Rounds ? ", ended early" : "")}, "
            + $"best so far {Best(search)}");

    /// <summary>The best circuit of a search so far, and whether it misses the target.</summary>
    public static string Best(SearchProgressed search)
    {
        if (search.Circuit is not { } circuit) return "–";
        var missed = circuit.ValidationLoss <= search.Target
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", misses the target of {search.Target:0.###}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{circuit.Edges} edges, {circuit.Nodes} nodes, loss {circuit.ValidationLoss:0.000}{missed}");
    }

    /// <summary>A change that is news: of the few large trials every one, of the many small ones only what went wrong.</summary>
    public static string? Change(TrialChanged trial) => trial switch
    {
        { Phase: TrialPhase.Failed } => $"{trial.Kind} {trial.Trial} failed: {trial.Reason}",
        { Phase: TrialPhase.Waiting, Reason: { } reason } => $"{trial.Kind} {trial.Trial} waits for another attempt: {reason}",
        { Phase: TrialPhase.Running, Attempt: > 1 } => $"{trial.Kind} {trial.Trial} goes on, attempt {trial.Attempt} on {trial.Device}",
        { Phase: TrialPhase.Running, Device: { } device } when IsReused(device) =>
            IsLarge(trial.Kind) ? $"{trial.Kind} {trial.Trial} {device}" : null,
        { Phase: TrialPhase.Running } when IsLarge(trial.Kind) => $"{trial.Kind} {trial.Trial} began on {trial.Device}",
        { Phase: TrialPhase.Succeeded } when IsLarge(trial.Kind) => $"{trial.Kind} {trial.Trial} done",
        _ => null,
    };

    /// <summary>Whether a sweep has few trials of a kind, of which each is news from its first moment.</summary>
    public static bool IsLarge(string kind) => kind is "prepare" or "train" or "bridge" or "import";

    private static bool IsReused(string device) => device.StartsWith(ReusableResult.Device, StringComparison.Ordinal);

    public static string? Notice(SweepProgress value) => value switch
    {
        DeviceChanged { Status: DeviceStatus.Restarting or DeviceStatus.Lost } device =>
            $"device {device.Device} {(device.Status == DeviceStatus.Lost ? "is lost" : "is started again")}: {device.Reason}",
        LateMessageRefused late => $"a late message about {late.Trial} was refused: {late.Reason}",
        SweepLogged logged => logged.Message,
        _ => null,
    };

    /// <summary>That all of a stage has ended, and how.</summary>
    public static string Ended(StageProgressed stage)
    {
        var ended = stage switch
        {
            { Done: 0 } => "none",
            { Failed: 0 } => string.Create(CultureInfo.InvariantCulture, $"all {stage.Done} done"),
            _ => string.Create(CultureInfo.InvariantCulture, $"all {stage.Done} ended, {stage.Failed} of them failed"),
        };
        return $"{Stage(stage.Stage)}: {ended}{(stage.Skipped == 0 ? "" : $"; {LeftOut(stage)}")}";
    }

    /// <summary>How far a stage is, in a few words.</summary>
    public static string Count(StageProgressed stage)
    {
        List<string> notes = [];
        if (stage.Failed > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{stage.Failed} failed"));
        // Once is enough: what follows the searches leaves out the same tasks.
        if (stage is { Stage: SweepStage.Search, Skipped: > 0 }) notes.Add(Unlearned(stage));
        var count = string.Create(CultureInfo.InvariantCulture, $"{Stage(stage.Stage)} {stage.Done}/{stage.Total}");
        return notes.Count == 0 ? count : $"{count} ({string.Join(", ", notes)})";
    }

    public static string Stage(SweepStage stage) => SweepStages.Of(stage).Word;

    private static string LeftOut(StageProgressed stage) => stage.Stage == SweepStage.Train
        ? string.Create(CultureInfo.InvariantCulture, $"{stage.Skipped} fewer than planned, since searches ended early")
        : $"{Unlearned(stage)}, left out";

    private static string Unlearned(StageProgressed stage) =>
        string.Create(CultureInfo.InvariantCulture, $"{stage.Skipped} {(stage.Skipped == 1 ? "task" : "tasks")} not learned");
}
