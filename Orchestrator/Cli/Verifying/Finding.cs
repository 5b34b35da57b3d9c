namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>Something in a run's folder that is not as it should be.</summary>
/// <param name="File">the file, relative to the folder</param>
/// <param name="Problem">what was found, and what was expected</param>
/// <param name="Fix">what to do</param>
/// <param name="IsNote">whether nothing is lost by it: a file that is only older than the journal, for example</param>
internal sealed record Finding(string File, string Problem, string Fix, bool IsNote = false);
