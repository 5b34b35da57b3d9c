using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Whose fault an exception is.</summary>
internal static class JobFailure
{
    /// <summary>
    /// Disk, memory and GPU are the world's fault: another device may do better. Everything else would happen again with the same job,
    /// since a job is a function of its record.
    /// </summary>
    internal static FailureKind KindOf(Exception e) => e switch
    {
        JobFailedException failed => failed.Kind,
        IOException or UnauthorizedAccessException or OutOfMemoryException or TorchOutOfMemoryException => FailureKind.World,
        _ when e.Message.Contains("CUDA error", StringComparison.Ordinal) => FailureKind.World,
        _ => FailureKind.Work,
    };

    internal static string Describe(Exception e) => e switch
    {
        JobFailedException => e.Message,
        TorchOutOfMemoryException { IsOverBudget: true } =>
            $"{e.Message}. The budget is sweeps.memory_per_device in cluster.hocon: raise it, or let fewer devices share the machine",
        OutOfMemoryException or TorchOutOfMemoryException => $"out of memory: {e.Message}",
        _ => $"{e.GetType().Name}: {e.Message}",
    };

    /// <summary>Refuses a job with options out of range: its own fault.</summary>
    /// <exception cref="JobFailedException">there are problems; names them all</exception>
    internal static void ThrowIfAny(IEnumerable<string> problems)
    {
        var all = string.Join("; ", problems);
        if (all.Length > 0) throw new JobFailedException(FailureKind.Work, all);
    }
}
