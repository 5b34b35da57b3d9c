using System.Globalization;

namespace Sweeps.ModelCore;

/// <summary>There was not the memory for a tensor on the CPU.</summary>
/// <param name="asked">bytes asked for</param>
/// <param name="inUse">bytes in use then</param>
/// <param name="budget">bytes that the process may have in use, where it was that which was full; 0 where the machine was</param>
public sealed class OutOfMemoryOnDeviceException(long asked, long inUse, long budget = 0) : Exception(string.Create(
    CultureInfo.InvariantCulture,
    $"{asked} bytes asked for with {inUse} in use{(budget == 0 ? "" : $": over the memory budget of {budget} bytes")}"))
{
    /// <summary>Bytes asked for.</summary>
    public long Asked => asked;

    /// <summary>Bytes in use then.</summary>
    public long InUse => inUse;

    /// <summary>The budget of the process, 0 where it was not that which was full.</summary>
    public long Budget => budget;

    /// <summary>Whether the budget of the process was full, not the machine.</summary>
    public bool IsOverBudget => budget > 0;
}
