namespace Sweeps.Orchestrator.Hocon;

/// <summary>Where a value was written.</summary>
/// <param name="Source">the file as it was given or included, or a description such as "environment variable HOME"</param>
/// <param name="Line">1-based line; 0 where lines mean nothing</param>
internal readonly record struct HoconOrigin(string Source, int Line)
{
    /// <summary><c>file:line</c>, the form that editors and terminals turn into a link.</summary>
    public override string ToString() => Line == 0 ? Source : $"{Source}:{Line}";
}
