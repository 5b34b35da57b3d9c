using System.CommandLine;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps circuit FILE</c>: a circuit as a wiring list.</summary>
internal static class CircuitCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Terminal terminal)
    {
        var file = new Argument<string>("FILE") { Description = "A circuit's JSON file, as reports name them." };
        var json = CommandLine.JsonOption();
        var command = new Command("circuit", "Prints a circuit as a wiring list: what each node reads and writes, and the tokens it touches.") { file, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var circuit = Load(parsed.GetRequiredValue(file));
            terminal.Line((parsed.GetValue(json) ? CircuitPrinter.Json(circuit) : CircuitPrinter.Text(circuit)).TrimEnd('\n'));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static CircuitFile Load(string path)
    {
        try
        {
            return CircuitFile.Load(path);
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.Invalid, e.Message, e);
        }
    }
}
