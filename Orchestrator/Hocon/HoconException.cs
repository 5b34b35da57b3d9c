namespace Sweeps.Orchestrator.Hocon;

/// <summary>A document that is no HOCON, or a value that is missing or not what was asked for.</summary>
/// <param name="origin">where</param>
/// <param name="problem">what is wrong there, and what was expected</param>
internal class HoconException(HoconOrigin origin, string problem) : Exception($"{origin}: {Cut(problem)}")
{
    // A message may show what was written, which may be the whole file.
    private const int MaxLength = 1000;

    public HoconOrigin Origin { get; } = origin;

    /// <summary>What is wrong, without the place.</summary>
    public string Problem { get; } = Cut(problem);

    private static string Cut(string text) => text.Length <= MaxLength ? text : $"{text[..(MaxLength / 2)]} ... {text[^(MaxLength / 2)..]}";
}

/// <summary>A substitution that can only be resolved by itself; an optional one then counts as undefined.</summary>
internal sealed class HoconCycleException(HoconOrigin origin, string problem) : HoconException(origin, problem);
