namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Writes <see cref="RunStatus"/> into the sweep's folder, for <c>sweeps show</c>, and deletes it at the end.</summary>
internal sealed class StatusFileView(RunWatch watch, string folder, TimeProvider time) : IRunView
{
    private long? _last;

    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        watch.Apply(value);
        if (_last is { } last && time.GetElapsedTime(last) < RunStatus.Pace) return;
        _last = time.GetTimestamp();
        try
        {
            watch.Status(time).Write(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever looks sees an older one, or none.
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        try
        {
            File.Delete(Path.Combine(folder, RunStatus.FileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is too old to be read in a moment.
        }
        return ValueTask.CompletedTask;
    }
}
