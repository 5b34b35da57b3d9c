using System.CommandLine;
using Sweeps.ModelCore.Jobs;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps report DIR</c>: writes a sweep's report, of what there is so far.</summary>
internal static class ReportCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var json = CommandLine.JsonOption();
        var command = new Command("report", "Writes report.html, report.md with plots, and report.json into a sweep's folder, of what there is so far.") { folder, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            try
            {
                var report = ReportWriter.Write(StoredSweep.Load(place), place);
                if (parsed.GetValue(json)) terminal.Json(new { report });
                else terminal.Line($"Report: {report}");
                return ExitCode.Ok;
            }
            catch (JobFailedException e)
            {
                throw new CliException(ExitCode.Environment, e.Message, e);
            }
        }));
        return command;
    }
}
