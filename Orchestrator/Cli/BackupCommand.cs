using System.CommandLine;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Cli.Verifying;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps backup DIR DEST</c>: a copy of a sweep's folder, also while it runs.</summary>
internal static class BackupCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var destination = new Argument<string>("DEST") { Description = "The copy: a folder that is empty or not there." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "backup",
            "Copies a sweep's folder, and verifies the copy. The sweep may be running, and goes on meanwhile; `sweeps run FILE --dir "
                + "DEST` goes on from the copy.") { folder, destination, config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (from, to) = (parsed.GetRequiredValue(folder), parsed.GetRequiredValue(destination));
            var store = StoredSweep.Store(from, parsed.GetValue(config));
            var progress = new FileProgress(terminal, parsed.GetValue(json), TimeProvider.System);
            new RunBackup(from, store, to, progress).Run();
            // The copy's journal is a file, wherever the original's is.
            var found = new RunVerifier(to, new StoreOptions(), progress).Run();
            VerificationPrinter.Print(found, terminal, parsed.GetValue(json));
            return found.ExitCode;
        }));
        return command;
    }
}
