namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>Something that an actor has others do, and may give up. Two are the same only if they are one.</summary>
internal sealed class Errand
{
    private readonly Action _cancel;

    private Errand(Action cancel, CancellationToken token) => (Token, _cancel) = (token, cancel);

    public CancellationToken Token { get; }

    /// <summary>Begins one. Its source has neither timer nor wait handle, so that nothing is left to dispose of.</summary>
    public static Errand Begin()
    {
        var source = new CancellationTokenSource();
        return new Errand(source.Cancel, source.Token);
    }

    public void Cancel() => _cancel();
}
