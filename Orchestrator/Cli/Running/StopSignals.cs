using System.Runtime.InteropServices;

namespace Sweeps.Orchestrator.Cli.Running;

/// <summary>
/// Ctrl-C, SIGTERM and the closing of the terminal: the first asks to stop in order, the second ends the process at once. A SIGTERM after
/// another does not.
/// </summary>
/// <remarks>
/// Batch systems send SIGTERM to every process of a job, and the job's script passes it on: that it comes twice says nothing. Who wants the
/// process to end at once sends SIGKILL.
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _exitCode;

    public StopSignals()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP })
            _registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Set by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code that the signal asks for, 128 and its number; 0 while there was none.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _stop.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var code = context.Signal switch
        {
            PosixSignal.SIGINT => Cli.ExitCode.Interrupted,
            PosixSignal.SIGTERM => Cli.ExitCode.Terminated,
            _ => Cli.ExitCode.HungUp,
        };
        if (Interlocked.CompareExchange(ref _exitCode, code, 0) == 0)
        {
            _stop.Cancel();
            return;
        }
        if (context.Signal == PosixSignal.SIGTERM && ExitCode == Cli.ExitCode.Terminated) return;
        // A table being redrawn has hidden the cursor.
        if (!Console.IsOutputRedirected) Console.Write("\u001b[?25h");
        Environment.Exit(code);
    }
}
