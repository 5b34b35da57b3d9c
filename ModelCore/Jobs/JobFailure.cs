using System.Diagnostics;
using System.Globalization;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Jobs;

/// <summary>Whose fault an exception is.</summary>
internal static class JobFailure
{
    // Where each refusal of the native library becomes an exception: says nothing of who asked for what it refuses.
    private const string Interop = "Sweeps.ModelCore.Kernels.Interop.";

    /// <summary>
    /// Disk, memory and GPU are the world's fault: another device may do better. What says of itself that the job asks for it is the
    /// work's: it would happen again, since a job is a function of its record. All that nobody foresaw is the program's.
    /// </summary>
    internal static FailureKind KindOf(Exception e) => e switch
    {
        JobFailedException failed => failed.Kind,
        IOException or UnauthorizedAccessException => FailureKind.World,
        _ when TorchErrors.IsOutOfMemory(e) => FailureKind.World,
        _ when TorchErrors.IsOfGpu(e) => FailureKind.World,
        TaskException or InvalidDataException or JobInputException => FailureKind.Work,
        _ => FailureKind.Program,
    };

    /// <summary>What happened, for people; with the place in the program where that is at fault.</summary>
    internal static string Describe(Exception e) => e switch
    {
        OutOfMemoryOnDeviceException { IsOverBudget: true, Device: not "cpu" } =>
            $"out of memory: {e.Message}. The budget is the GPU's memory times sweeps.cuda_memory_fraction in cluster.hocon: raise it, " +
            "or use a larger GPU",
        OutOfMemoryOnDeviceException { IsOverBudget: true } =>
            $"out of memory: {e.Message}. The budget is sweeps.memory_per_device in cluster.hocon: raise it, or let fewer devices share "
                + $"the machine",
        _ when TorchErrors.IsOutOfMemory(e) => $"out of memory: {e.Message}",
        _ when KindOf(e) == FailureKind.Program && e is not JobFailedException => $"{e.GetType().Name}: {e.Message}{Place(e)}",
        _ => e.Message,
    };

    /// <summary>The failure of a job that ended with an exception.</summary>
    internal static JobFailedException Of(Exception e) => e as JobFailedException ?? new JobFailedException(KindOf(e), Describe(e), e);

    /// <summary>Refuses a job with options out of range: its own fault.</summary>
    /// <exception cref="JobFailedException">there are problems; names them all</exception>
    internal static void ThrowIfAny(IEnumerable<string> problems)
    {
        var all = string.Join("; ", problems);
        if (all.Length > 0) throw new JobFailedException(FailureKind.Work, all);
    }

    // The innermost frame of our own code, with file and line where there are symbols.
    private static string Place(Exception e)
    {
        foreach (var frame in new StackTrace(e, fNeedFileInfo: true).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { DeclaringTypeName: { } type } method) continue;
            if (!type.StartsWith("Sweeps.", StringComparison.Ordinal) || type.StartsWith(Interop, StringComparison.Ordinal)) continue;
            var line = frame.GetFileName() is { } file
                ? string.Create(CultureInfo.InvariantCulture, $" ({Path.GetFileName(file)}:{frame.GetFileLineNumber()})")
                : "";
            return $" at {type}.{method.Name}{line}";
        }
        return "";
    }
}
