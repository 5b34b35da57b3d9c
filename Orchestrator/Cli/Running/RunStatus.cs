using System.Text.Json;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>How far a run is at one moment: what is drawn of it, and what another process reads of it.</summary>
/// <param name="Time">of the clock of the machine that runs it</param>
/// <param name="Process">that runs it</param>
/// <param name="Fraction">0 to 1</param>
/// <param name="Elapsed">since this run began</param>
/// <param name="TimeLeft">null while that cannot be told</param>
/// <param name="Stages">that have begun, in order</param>
/// <param name="Running">trials that devices work on</param>
/// <param name="Searches">those still going on first</param>
/// <param name="Notices">what went wrong of late, the newest last</param>
internal sealed record RunStatus(
    DateTimeOffset Time, int Process, double Fraction, TimeSpan Elapsed, TimeSpan? TimeLeft, IReadOnlyList<StageProgressed> Stages,
    IReadOnlyList<RunningTrial> Running, IReadOnlyList<SearchProgressed> Searches, IReadOnlyList<string> Notices)
{
    /// <summary>The file in a sweep's folder that holds it while a process runs the sweep.</summary>
    public const string FileName = "status.json";

    public static TimeSpan Pace { get; } = TimeSpan.FromSeconds(1);

    /// <summary>How old what is read may be: then the process that wrote it is gone, or stands still.</summary>
    public static TimeSpan Fresh { get; } = TimeSpan.FromSeconds(30);

    /// <summary>What the process that runs a folder's sweep wrote last.</summary>
    /// <returns>null when no process runs it, as far as this file tells</returns>
    public static RunStatus? Read(string folder, TimeProvider time)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            var status = JsonSerializer.Deserialize<RunStatus>(File.ReadAllBytes(path), JobJson.Options);
            return status is not null && time.GetUtcNow() - status.Time < Fresh ? status : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it into a folder, whole or not at all. It is of no use after a crash: nothing is synced.</summary>
    public void Write(string folder)
    {
        var path = Path.Combine(folder, FileName);
        var temporary = Path.Combine(folder, $".{FileName}.tmp");
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(this, JobJson.Options));
        File.Move(temporary, path, overwrite: true);
    }
}
