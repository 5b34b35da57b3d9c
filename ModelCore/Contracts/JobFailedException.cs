namespace Sweeps.Contracts;

/// <summary>
/// Whose fault a failure is: the work's is final and told to the search, the world's is retried elsewhere, the program's ends the trial and
/// tells nobody anything.
/// </summary>
public enum FailureKind
{
    /// <summary>Bad hyperparameters, divergence, a task the tokenizer cannot express: the same again would fail again.</summary>
    Work,

    /// <summary>A lost device, a killed process, a full disk: another attempt may succeed.</summary>
    World,

    /// <summary>
    /// A bug of this program, or of a driver: says nothing about the work. Tried once more, by another process; two that agree end the
    /// trial.
    /// </summary>
    Program,
}

/// <summary>
/// A job that cannot give its result; the message says why, with the step and the last good checkpoint where there are any.
/// </summary>
public sealed class JobFailedException(FailureKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whose fault it is.</summary>
    public FailureKind Kind { get; } = kind;
}
