using System.CommandLine;
using Spectre.Console;
using Sweeps.Actors.Journal;
using Sweeps.Orchestrator.Cli.Doctor;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// <c>sweeps doctor [FOLDER]</c>: whether this machine can run sweeps, and what to do where it cannot; or what is in the files of a model.
/// </summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        var model =
            new Argument<string?>("FOLDER")
            {
                Description = "A model that could be imported: says what is in its files, and nothing of "
                    + "the machine.",
                Arity = ArgumentArity.ZeroOrOne,
            };
        var mapping = new Option<string?>("--mapping")
        {
            Description = "How the tensors of another program's .safetensors are to be read.",
            HelpName = "FILE",
        };
        var folder = new Option<string>("--dir")
        {
            Description = $"The folder that sweeps are kept in. Default: {RunCommand.Runs}.",
            HelpName = "DIR",
            DefaultValueFactory = _ => RunCommand.Runs,
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "doctor",
            "Says whether this machine can run sweeps: each check is ok, or comes with the fix. Ends with 4 when one failed. Of a "
                + "model's folder: what is in its files.")
        {
            model, mapping, folder, config, json,
        };
        command.SetAction(parsed => terminal.GuardAsync(parsed.GetValue(json), async () =>
        {
            if (parsed.GetValue(model) is { } place) return Inspect(place, parsed.GetValue(mapping), terminal, parsed.GetValue(json));
            var options = ClusterFile.Load(parsed.GetValue(config));
            List<Check> checks =
            [
                .. TorchChecks.Run(options), LibraryCheck.Run(),
                .. await StorageChecks.RunAsync(parsed.GetRequiredValue(folder), JournalProbe.TryFileAsync),
                .. await DatabaseCheck.RunAsync(options.Store, TimeProvider.System),
            ];
            if (parsed.GetValue(json)) terminal.Json(new { checks });
            else Print(checks, terminal);
            return checks.Exists(check => check.Status == CheckStatus.Failed) ? ExitCode.Environment : ExitCode.Ok;
        }));
        return command;
    }

    private static int Inspect(string place, string? mapping, Terminal terminal, bool json)
    {
        var found = ImportedModels.Inspect(
            new ImportedModel { Path = Path.GetFullPath(place), MappingPath = mapping is null ? null : Path.GetFullPath(mapping) });
        if (json) terminal.Json(found);
        else ModelPrinter.Print(found, terminal);
        return ExitCode.Ok;
    }

    private static void Print(List<Check> checks, Terminal terminal)
    {
        foreach (var check in checks)
        {
            var (word, colour) = check.Status switch
            {
                CheckStatus.Ok => ("ok     ", "green"),
                CheckStatus.Warning => ("warning", "yellow"),
                _ => ("FAILED ", "red"),
            };
            terminal.Ansi.MarkupLine($"[{colour}]{word}[/]  {check.Name,-20}{Markup.Escape(check.Found)}");
            if (check.Fix is { } fix) terminal.Ansi.MarkupLine($"{"",29}[{colour}]fix:[/] {Markup.Escape(fix)}");
        }
    }
}
