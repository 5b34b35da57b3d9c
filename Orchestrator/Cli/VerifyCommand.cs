using System.CommandLine;
using Sweeps.Orchestrator.Cli.Verifying;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps verify DIR</c>: whether a sweep's folder is whole.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "verify",
            "Checks a sweep's folder against its journal, and changes nothing: every event, file, circuit and the report. The sweep "
                + "may be running. Ends with 4 when something is wrong.")
        {
            folder, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var progress = new FileProgress(terminal, parsed.GetValue(json), TimeProvider.System);
            var found = new RunVerifier(place, StoredSweep.Store(place, parsed.GetValue(config)), progress).Run();
            VerificationPrinter.Print(found, terminal, parsed.GetValue(json));
            return found.ExitCode;
        }));
        return command;
    }
}
