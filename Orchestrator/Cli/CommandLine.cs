using System.CommandLine;
using Sweeps.Orchestrator.Cli.Cluster;

namespace Sweeps.Orchestrator.Cli;

/// <summary>The command line: its commands, and what all of them share.</summary>
internal static class CommandLine
{
    /// <summary>Runs the command that <paramref name="args"/> name.</summary>
    /// <returns>the process's exit code</returns>
    public static async Task<int> RunAsync(string[] args, Terminal terminal)
    {
        var parsed = Create(terminal).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors) terminal.Complain($"sweeps: {problem.Message}");
            var name = parsed.CommandResult.Command is RootCommand ? "sweeps" : $"sweeps {parsed.CommandResult.Command.Name}";
            terminal.Complain($"`{name} --help` says more.");
            return ExitCode.Invalid;
        }
        // Signals are the commands' own: stopping a sweep takes longer than the library waits.
        var exitCode = await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        });
        terminal.Output.Flush();
        if (terminal.Failure is not { } failure) return exitCode;
        terminal.Complain($"sweeps: what it wrote is not whole: {failure.Message}");
        // What a sweep has found is in its folder, whoever reads along.
        return exitCode == ExitCode.Ok && parsed.CommandResult.Command.Name is not (RunCommand.Name or RunCommand.ExtendName)
            ? ExitCode.Environment
            : exitCode;
    }

    /// <summary>The commands, with what they do.</summary>
    public static RootCommand Create(Terminal terminal) => new(
        "Trains weight-sparse transformers, and finds the smallest circuits for tasks in them.\n\n" + ExitCode.Help)
    {
        RunCommand.Create(terminal),
        RunCommand.Extend(terminal),
        ImportCommand.Create(terminal),
        ShowCommand.Create(terminal),
        ServeCommand.Create(terminal),
        TrialsCommand.Create(terminal),
        ControlCommands.Pause(terminal),
        ControlCommands.Resume(terminal),
        ControlCommands.Cancel(terminal),
        RetryCommand.Create(terminal),
        ReportCommand.Create(terminal),
        CircuitCommand.Create(terminal),
        FeaturesCommand.Create(terminal),
        InterveneCommand.Create(terminal),
        BridgeCommand.Create(terminal),
        AskCommand.Create(terminal),
        SearchesCommand.Create(terminal),
        TasksCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        BackupCommand.Create(terminal),
        DoctorCommand.Create(terminal),
        NodeCommand.Create(terminal),
        ClusterCommands.Status(terminal),
        ClusterCommands.Submit(terminal),
        ClusterCommands.Share(terminal),
        ClusterCommands.Drain(terminal),
        DeviceCommand.Create(terminal),
    };

    /// <summary>The option that all commands have.</summary>
    public static Option<bool> JsonOption() => new("--json") { Description = "Write JSON, one object per line, and nothing else." };

    /// <summary>The option that names the node's configuration.</summary>
    public static Option<string?> ConfigOption() => new("--config")
    {
        Description = "The node's configuration. Default: cluster.hocon in the current folder, if there is one.",
        HelpName = "FILE",
    };
}
