using Spectre.Console;
using Spectre.Console.Rendering;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>Draws something anew, in its place, until there is no more of it.</summary>
internal static class LiveDrawing
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(0.25);

    /// <summary>Draws four times a second, and takes the drawing away at the end.</summary>
    /// <param name="terminal">where</param>
    /// <param name="time">of the pace</param>
    /// <param name="draw">what is there now; null ends it</param>
    /// <param name="end">ends it</param>
    public static Task ShowAsync(Terminal terminal, TimeProvider time, Func<IRenderable?> draw, CancellationToken end) =>
        terminal.Ansi.Live(draw() ?? Text.Empty).AutoClear(true).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(_pace, time);
            try
            {
                while (await timer.WaitForNextTickAsync(end) && draw() is { } drawn) live.UpdateTarget(drawn);
            }
            catch (OperationCanceledException)
            {
                // The show is over.
            }
        });
}
