using System.CommandLine;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli.Verifying;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps backup DIR DEST</c>: a copy of a sweep's folder, also while it runs.</summary>
internal static class BackupCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var destination = new Argument<string>("DEST") { Description = "The copy: a folder that is empty or not there." };
        var json = CommandLine.JsonOption();
        var command = new Command("backup", "Copies a sweep's folder, and verifies the copy. The sweep may be running, and goes on meanwhile; `sweeps run FILE --dir DEST` goes on from the copy.") { folder, destination, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (from, to) = (parsed.GetRequiredValue(folder), parsed.GetRequiredValue(destination));
            if (!File.Exists(Path.Combine(from, SweepHost.JournalName)))
                throw new CliException(ExitCode.Invalid, $"{from} holds no sweep: expected a folder with a {SweepHost.JournalName}");
            var progress = new FileProgress(terminal, parsed.GetValue(json), TimeProvider.System);
            new RunBackup(from, to, progress).Run();
            var found = new RunVerifier(to, progress).Run();
            VerificationPrinter.Print(found, terminal, parsed.GetValue(json));
            return found.ExitCode;
        }));
        return command;
    }
}
