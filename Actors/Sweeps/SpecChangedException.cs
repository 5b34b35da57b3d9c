namespace Sweeps.Actors.Sweeps;

/// <summary>The folder holds another sweep than the one that was to be run in it.</summary>
/// <param name="folder">the folder</param>
/// <param name="stored">the description that the folder's sweep was begun with</param>
/// <param name="given">the description that was to be run</param>
public sealed class SpecChangedException(string folder, SweepSpec stored, SweepSpec given)
    : Exception($"{folder} holds a sweep that was begun with another description; run the old one, or give this one another folder")
{
    /// <summary>The description that the folder's sweep was begun with.</summary>
    public SweepSpec Stored { get; } = stored;

    /// <summary>The description that was to be run.</summary>
    public SweepSpec Given { get; } = given;
}
