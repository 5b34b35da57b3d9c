namespace Sweeps.Orchestrator.Cli.Doctor;

/// <summary>How a check ended.</summary>
internal enum CheckStatus
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but worse than it could.</summary>
    Warning,

    /// <summary>A sweep cannot run, or would run many times slower than it should.</summary>
    Failed,
}

/// <summary>What a check found.</summary>
/// <param name="Name">what was checked</param>
/// <param name="Status">how it is</param>
/// <param name="Found">what there is</param>
/// <param name="Fix">what to do about it, a command where there is one; null when nothing is to be done</param>
internal sealed record Check(string Name, CheckStatus Status, string Found, string? Fix = null);
