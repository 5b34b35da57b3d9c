using System.CommandLine;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps report DIR</c>: writes a sweep's report, of what there is so far.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var detail = new Option<string[]>("--detail")
        {
            Description = "Draw the circuits and show the searches of these models only; the tables have all. Default: all models.",
            HelpName = "MODEL",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "report",
            "Writes report.html, report.md with plots, and report.json into a sweep's folder, of what there is so far.") { folder, detail,
                config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            try
            {
                var sweep = StoredSweep.Load(place, parsed.GetValue(config));
                var models = sweep.Models.Select(m => m.Plan.Id.Value).ToList();
                var detailed = parsed.GetValue(detail) is { Length: > 0 } given ? given : null;
                if (detailed?.FirstOrDefault(model => !models.Contains(model)) is { } unknown)
                    throw new CliException(ExitCode.Invalid, $"--detail {unknown}: expected one of {string.Join(", ", models)}");
                var times = ReportTimes.Describe(
                    StoredSweep.Read(place, parsed.GetValue(config), TrialHistory.Read), TimeProvider.System.GetUtcNow());
                var report = ReportWriter.Write(sweep, place, detailed, times);
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
