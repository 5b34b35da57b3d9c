namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>A test that needs a program of the system's, and is skipped, with a sentence, where that cannot be installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ProgramFactAttribute : FactAttribute
{
    /// <param name="program">its name on the PATH</param>
    public ProgramFactAttribute(string program)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        if (path.Split(':').Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)))) return;
        Skip = $"{program} is not installed; ops/setup.sh tests installs it where the distribution has it";
    }
}
