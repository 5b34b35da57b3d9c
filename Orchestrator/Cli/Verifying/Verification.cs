using System.Text.Json.Serialization;

namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>What a check of a run's folder gave.</summary>
/// <param name="Folder">the folder, absolute</param>
/// <param name="Running">whether a process was at work in it when the check began</param>
/// <param name="Status">how far the sweep is; null when its journal cannot be read, or holds none</param>
/// <param name="Events">events read</param>
/// <param name="Trials">trials begun</param>
/// <param name="Files">files whose digests were checked</param>
/// <param name="Bytes">their lengths together</param>
/// <param name="Circuits">circuits read</param>
/// <param name="Findings">what is wrong, in the order in which it was found</param>
internal sealed record Verification(
    string Folder, bool Running, SweepStatus? Status, long Events, int Trials, int Files, long Bytes, int Circuits,
    IReadOnlyList<Finding> Findings)
{
    public bool Sound => Findings.All(finding => finding.IsNote);

    [JsonIgnore]
    public int ExitCode => Sound ? Cli.ExitCode.Ok : Cli.ExitCode.Environment;
}
