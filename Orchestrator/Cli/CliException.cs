namespace Sweeps.Orchestrator.Cli;

/// <summary>A command that ends with a message for people and an exit code of <see cref="Cli.ExitCode"/>.</summary>
internal sealed class CliException(int exitCode, string message, Exception? innerException = null) : Exception(message, innerException)
{
    public int ExitCode { get; } = exitCode;
}
