namespace Sweeps.Contracts;

/// <summary>What becomes of the line ends of files.</summary>
public enum LineEnds
{
    /// <summary>CR LF, and CR alone, become LF: prompts, which have LF, then look like the corpus.</summary>
    Normalize,

    /// <summary>They stay as they are.</summary>
    Keep,
}
