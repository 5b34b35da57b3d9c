using System.CommandLine;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps circuit FILE</c> or <c>sweeps circuit DIR MODEL TASK</c>: a circuit as a wiring list.</summary>
internal static class CircuitCommand
{
    public static Command Create(Terminal terminal)
    {
        var which = new Argument<string[]>("FILE | DIR MODEL TASK")
        {
            Description = "A circuit's JSON file; or a sweep's folder, a model and a task, as reports name them.",
            Arity = new ArgumentArity(1, 3),
        };
        var edges = new Option<bool>("--edges") { Description = "With DIR MODEL TASK: the circuit with its edges pruned." };
        var attribution =
            new Option<bool>("--attribution") { Description = "With DIR MODEL TASK: the circuit that the attribution baseline finds." };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "circuit", "Prints a circuit as a wiring list: what each node reads and writes, and the tokens it touches.")
        {
            which, edges, attribution, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var (words, ofEdges, ofAttribution) = (parsed.GetRequiredValue(which), parsed.GetValue(edges), parsed.GetValue(attribution));
            var circuit = Load(words switch
            {
                [var file] when !ofEdges && !ofAttribution => file,
                [var folder, var model, var task] => Find(folder, model, task, ofEdges, ofAttribution, parsed.GetValue(config)),
                _ => throw new CliException(
                    ExitCode.Invalid, $"{string.Join(' ', words)}: expected a circuit's file, or a sweep's folder, a model and a task"),
            });
            terminal.Line((parsed.GetValue(json) ? CircuitPrinter.Json(circuit) : CircuitPrinter.Text(circuit)).TrimEnd('\n'));
            return ExitCode.Ok;
        }));
        return command;
    }

    private static string Find(string folder, string modelId, string taskName, bool edges, bool attribution, string? config)
    {
        var sweep = StoredSweep.Load(folder, config);
        var model = FoundIn.Model(sweep, folder, modelId);
        var task = FoundIn.Task(sweep, model, taskName);
        var found = edges ? task.Edges?.Circuit : attribution ? task.Attribution?.Circuit : FoundIn.Circuit(model, task);
        return Path.Combine(folder, found?.Path ?? throw new CliException(
            ExitCode.Invalid,
            $"{modelId} has no such circuit of {taskName}: expected a sweep with {(edges ? "edge_pruning" : "attribution")} that has "
                + $"got so far"));
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
