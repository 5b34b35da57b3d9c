namespace Sweeps.Contracts;

/// <summary>What becomes of documents of files that are equal to one another, whatever their line ends.</summary>
public enum DuplicateDocuments
{
    /// <summary>The first is read, the others are counted.</summary>
    Drop,

    /// <summary>All are read; they are on the same side of the split.</summary>
    Keep,
}
