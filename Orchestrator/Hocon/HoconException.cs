namespace Sweeps.Orchestrator.Hocon;

/// <summary>A document that is no HOCON, or a value that is missing or not what was asked for.</summary>
/// <param name="origin">where</param>
/// <param name="problem">what is wrong there, and what was expected</param>
internal class HoconException(HoconOrigin origin, string problem) : Exception($"{origin}: {problem}")
{
    /// <summary>Where.</summary>
    public HoconOrigin Origin { get; } = origin;

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = problem;
}

/// <summary>A substitution that can only be resolved by itself; an optional one then counts as undefined.</summary>
internal sealed class HoconCycleException(HoconOrigin origin, string problem) : HoconException(origin, problem);
