namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Several views of one run.</summary>
internal sealed class RunViews(IReadOnlyList<IRunView> views) : IRunView
{
    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        foreach (var view in views) view.OnNext(value);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var view in views) await view.DisposeAsync();
    }
}
