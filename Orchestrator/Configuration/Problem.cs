using Sweeps.Orchestrator.Hocon;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Something wrong in a configuration file.</summary>
/// <param name="Origin">the file and line</param>
/// <param name="Key">the path of the key, e.g. <c>model.n_layer</c>; empty when it is the file as a whole</param>
/// <param name="Message">the key, the value, and what was expected</param>
internal sealed record Problem(HoconOrigin Origin, string Key, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Origin}: {Message}";
}

/// <summary>A configuration file that is refused as a whole, with everything that is wrong in it, in the order of the lines.</summary>
internal sealed class InvalidConfigurationException(IEnumerable<Problem> problems) : Exception
{
    public IReadOnlyList<Problem> Problems { get; } =
        [.. problems.OrderBy(p => p.Origin.Source, StringComparer.Ordinal).ThenBy(p => p.Origin.Line)];

    /// <inheritdoc/>
    public override string Message => string.Join('\n', Problems);
}
