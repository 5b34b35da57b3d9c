using System.Globalization;
using Sweeps.Orchestrator.Cli.Planning;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>
/// Keeps a log file per trial, with the time of each line: <c>logs/models/MODEL.log</c>, and of a pruning with its probes
/// <c>logs/searches/MODEL/TASK/NUMBER.log</c>. A disk that refuses a line ends nothing; the next line that it takes says how many it
/// refused.
/// </summary>
/// <param name="folder">the sweep's</param>
/// <param name="time">of the lines</param>
internal sealed class TrialLogs(string folder, TimeProvider time) : IRunView
{
    /// <summary>The folder of the logs in the sweep's.</summary>
    public const string Folder = "logs";

    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(10);
    private readonly Dictionary<TrialId, long> _lastProgress = [];
    private int _refused;

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        switch (value)
        {
            case TrialChanged changed:
                if (changed.Phase != TrialPhase.Running) _lastProgress.Remove(changed.Trial);
                Write(changed.Trial, Describe(changed));
                break;
            case TrialProgressed progressed when IsDue(progressed):
                Write(progressed.Trial, $"{progressed.Trial} on {progressed.Device}: {RunText.Progress(progressed.Progress)}");
                break;
            case LateMessageRefused late:
                Write(late.Trial, $"a late message was refused: {late.Reason}");
                break;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Describe(TrialChanged trial) => string.Create(
        CultureInfo.InvariantCulture,
        $"{trial.Kind} {trial.Trial}, attempt {trial.Attempt}: {trial.Phase.ToString().ToLowerInvariant()}"
            + $"{(trial.Device is { } device ? $" on {device}" : "")}{(trial.Reason is { } reason ? $": {reason}" : "")}"
            + $"{(trial.Trace is { } trace ? $" (trace {trace})" : "")}");

    private bool IsDue(TrialProgressed progressed)
    {
        var isLast = progressed.Progress.Step == progressed.Progress.Steps;
        if (!isLast && _lastProgress.TryGetValue(progressed.Trial, out var last) && time.GetElapsedTime(last) < _pace) return false;
        _lastProgress[progressed.Trial] = time.GetTimestamp();
        return true;
    }

    private void Write(TrialId trial, string text)
    {
        var path = Path.Combine(folder, Folder, $"{SweepWork.UnitOf(trial)}.log");
        var now = time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss.fff zzz", CultureInfo.InvariantCulture);
        var refused = _refused == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $"{now} {_refused} lines before this, of all trials, were not written\n");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.AppendAllText(path, $"{refused}{now} {text}\n");
            _refused = 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _refused++;
        }
    }
}
