namespace Sweeps.Actors.Cluster;

/// <summary>Why a node is no member of its cluster any more.</summary>
public abstract record NodeEnd
{
    private NodeEnd()
    {
    }

    /// <summary>It was told to leave, and has left in order.</summary>
    public sealed record Left : NodeEnd;

    /// <summary>It cannot take part.</summary>
    /// <param name="Reason">one sentence</param>
    public sealed record Refused(string Reason) : NodeEnd;

    /// <summary>It was cut off from the others, or another node has taken over what it did: it may join again at once.</summary>
    /// <param name="Reason">one sentence</param>
    public sealed record CutOff(string Reason) : NodeEnd;

    /// <summary>It cannot go on.</summary>
    /// <param name="Cause">why</param>
    public sealed record Failed(Exception Cause) : NodeEnd;
}
