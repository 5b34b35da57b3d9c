using Sweeps.Orchestrator.Cli.Running;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>Writes what a node says of itself, a line with its time for each; with JSON an object.</summary>
internal sealed class NodeLog(Terminal terminal, bool json, TimeProvider time) : IObserver<SweepProgress>
{
    /// <inheritdoc/>
    public void OnNext(SweepProgress value)
    {
        if (RunText.Notice(value) is { } text) Write(text);
    }

    public void Write(string text)
    {
        if (json) terminal.Json(new { @event = "node", time = time.GetUtcNow(), message = text });
        else terminal.Line($"{Human.Time(time.GetLocalNow())} {text}");
        terminal.Output.Flush();
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }
}
