namespace Sweeps.ModelCore.Jobs;

/// <summary>Whose fault a failure is: the work's is final and told to the search, the world's is retried elsewhere.</summary>
public enum FailureKind
{
    /// <summary>Bad hyperparameters, divergence, a task the tokenizer cannot express: the same again would fail again.</summary>
    Work,

    /// <summary>A lost device, a killed process, a full disk: another attempt may succeed.</summary>
    World,
}

/// <summary>A job that cannot give its result; the message says why, with the step and the last good checkpoint where there are any.</summary>
public sealed class JobFailedException(FailureKind kind, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>Whose fault it is.</summary>
    public FailureKind Kind { get; } = kind;
}
