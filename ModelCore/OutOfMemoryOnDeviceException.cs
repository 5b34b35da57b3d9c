using System.Globalization;

namespace Sweeps.ModelCore;

/// <summary>There was not the memory for a tensor.</summary>
/// <param name="asked">bytes asked for</param>
/// <param name="inUse">bytes in use then; on a GPU with those that libtorch keeps for later</param>
/// <param name="budget">
/// bytes that the process may have in use, where it was that which was full; 0 where the machine or the GPU was
/// </param>
/// <param name="device">where: cpu, or cuda:N</param>
/// <param name="state">what else is known of a device that was full, or null</param>
internal sealed class OutOfMemoryOnDeviceException(long asked, long inUse, long budget = 0, string device = "cpu", string? state = null)
    : Exception(Describe(asked, inUse, budget, device, state))
{
    public long Asked => asked;

    public long InUse => inUse;

    /// <summary>The budget of the process, 0 where it was not that which was full.</summary>
    public long Budget => budget;

    /// <summary>Where: cpu, or cuda:N.</summary>
    public string Device => device;

    /// <summary>Whether the budget of the process was full, not the machine.</summary>
    public bool IsOverBudget => budget > 0;

    private static string Describe(long asked, long inUse, long budget, string device, string? state)
    {
        var where = device == "cpu" ? "" : $" on {device}";
        var why = state is null ? "" : $": {state}";
        if (budget > 0) why = string.Create(CultureInfo.InvariantCulture, $": over the memory budget of {budget} bytes");
        return string.Create(CultureInfo.InvariantCulture, $"{asked} bytes asked for with {inUse} in use{where}{why}");
    }
}
