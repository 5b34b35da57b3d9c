using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps intervene DIR MODEL TASK</c>: what a model and its circuit answer when some nodes are changed.</summary>
internal static class InterveneCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var model = new Argument<string>("MODEL") { Description = "A model of the sweep, as reports name it." };
        var task = new Argument<string>("TASK") { Description = "A task whose search has ended." };
        var set = Nodes("--set", "NODE=VALUE", "Put a number in a node's place, at every position: --set 0.mlp.post_act:17=0.5");
        var mean = Nodes("--mean", "NODE", "Put a node's mean over the corpus in its place.");
        var swap = Nodes(
            "--swap", "NODE",
            "Put in a node's place what it is on the other prompt of the pair. Pairs with prompts of different lengths are left out.");
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "intervene",
            "Changes nodes of a model, and says what it and its circuit then answer on the task's test pairs.") { folder, model, task, set,
                mean, swap, config, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            List<NodeChange> changes =
            [
                .. (parsed.GetValue(set) ?? []).Select(Set),
                .. (parsed.GetValue(mean) ?? []).Select(node => new NodeChange(node, NodeChangeKind.Mean)),
                .. (parsed.GetValue(swap) ?? []).Select(node => new NodeChange(node, NodeChangeKind.Swap)),
            ];
            if (changes.Count == 0)
                throw new CliException(ExitCode.Invalid, "nothing is changed: expected at least one of --set, --mean and --swap");
            var place = parsed.GetRequiredValue(folder);
            var question = NodeQuestion.Of(
                StoredSweep.Load(place, parsed.GetValue(config)), place, parsed.GetRequiredValue(model), parsed.GetRequiredValue(task),
                changes);
            var found = question.AskAsync(CancellationToken.None).GetAwaiter().GetResult();
            if (parsed.GetValue(json)) terminal.Json(found);
            else Print(found, parsed.GetRequiredValue(task), terminal);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Option<string[]> Nodes(string name, string value, string description) =>
        new(name) { Description = description, HelpName = value, Arity = ArgumentArity.OneOrMore, AllowMultipleArgumentsPerToken = true };

    private static NodeChange Set(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        if (at < 0 || !float.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || !float.IsFinite(value))
            throw new CliException(ExitCode.Invalid, $"--set {text}: expected a node, = and a number, as in 0.mlp.post_act:17=0.5");
        return new NodeChange(text[..at], NodeChangeKind.Set, value);
    }

    private static void Print(InterventionResult found, string task, Terminal terminal)
    {
        terminal.Line($"{task}: {Format.Count(found.Prompts)} prompts of the test split. P(A) is the mean probability of completion A.");
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "loss", "accuracy", "P(A) after A", "P(A) after B");
        foreach (var (name, answers) in new[] { ("model", found.Model), ("model, changed", found.ChangedModel), ("circuit", found.Circuit),
            ("circuit, changed", found.ChangedCircuit) })
            table.AddRow(
                name, Format.Loss(answers.Loss), Format.Percent(answers.Accuracy), Format.Loss(answers.AOnA), Format.Loss(answers.AOnB));
        terminal.Ansi.Write(table);
    }
}
