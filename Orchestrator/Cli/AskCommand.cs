using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Sweeps.ModelCore.Pruning;
using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps ask DIR MODEL PROMPT</c>: what a model says next, and what its circuits say.</summary>
internal static class AskCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = StoredSweep.FolderArgument();
        var model = new Argument<string>("MODEL") { Description = "A trained model of the sweep, as reports name it." };
        var prompt = new Argument<string>("PROMPT") { Description = "Text, or - to read it from the standard input." };
        var escapes =
            new Option<bool>("--escapes") { Description = "Read \\n, \\t and \\\\ in the prompt as line end, tab and backslash." };
        var task = new Option<string?>("--task")
        {
            Description = "Ask only the circuit of this task. Default: all circuits of the model.",
            HelpName = "TASK",
        };
        var nodes = new Option<bool>("--nodes") { Description = "Show the values of the circuits' nodes." };
        var top = new Option<int>("--top") { Description = "How many next tokens to show.", DefaultValueFactory = _ => 8 };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "ask", "Asks a model what follows a prompt: the likeliest tokens, what each of its circuits answers, and what their nodes do.")
        {
            folder, model, prompt, escapes, task, nodes, top, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var text = parsed.GetRequiredValue(prompt);
            if (text == "-") text = Console.In.ReadToEnd();
            if (parsed.GetValue(escapes)) text = Unescape(text);
            if (parsed.GetValue(top) < 1) throw new CliException(ExitCode.Invalid, $"--top is {parsed.GetValue(top)}: expected at least 1");
            var sweep = StoredSweep.Load(place, parsed.GetValue(config));
            var answer = Ask(sweep, place, parsed.GetRequiredValue(model), parsed.GetValue(task), text, parsed.GetValue(top));
            if (parsed.GetValue(json)) terminal.Json(answer);
            else Print(answer, parsed.GetValue(nodes), terminal);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static PromptAnswer Ask(SweepReadModel sweep, string folder, string modelId, string? taskName, string prompt, int top)
    {
        var model = FoundIn.Model(sweep, folder, modelId);
        IReadOnlyList<ArtifactRef> circuits = taskName is null
            ? [.. model.Tasks.Select(FoundIn.Circuit).OfType<ArtifactRef>()]
            : [FoundIn.Circuit(model, FoundIn.Task(sweep, model, taskName))];
        // A model without tasks is asked all the same: no pair of the task is looked at.
        var inputs = SweepPlan.Of(sweep.Spec).Evaluate(
            model.Plan, sweep.Spec.Tasks.Append(TaskCatalog.All[0].Name).First(), sweep.Prepared!, model.Trained!);
        var question = new TextQuestion(Path.GetFullPath(folder), inputs, circuits, prompt, top);
        return DeviceQuestion.Ask<TextQuestion, PromptAnswer>("--ask", question);
    }

    private static void Print(PromptAnswer answer, bool nodes, Terminal terminal)
    {
        terminal.Line($"{answer.Tokens.Count} tokens: {string.Join('|', answer.Tokens)}");
        var next = new Table().Border(TableBorder.Simple).AddColumn("next token").AddColumn(new TableColumn("probability").RightAligned());
        foreach (var token in answer.Next) next.AddRow(Markup.Escape(token.Token), Format.Percent(token.Probability));
        terminal.Ansi.Write(next);
        if (answer.Circuits.Count == 0)
        {
            terminal.Line("The model has no circuits.");
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("circuit", "A", "B");
        foreach (var heading in new[] { "P(A), model", "P(A), circuit", "nodes" }) table.AddColumn(new TableColumn(heading).RightAligned());
        foreach (var circuit in answer.Circuits)
        {
            table.AddRow(
                circuit.Task, Markup.Escape(circuit.A), Markup.Escape(circuit.B), Format.Percent(circuit.Model), Format.Percent(
                    circuit.Circuit),
                Format.Count(circuit.Nodes.Count));
        }
        terminal.Ansi.Write(table);
        terminal.Line("P(A) is the probability of completion A of the two; a circuit's is calibrated, with every other node at its mean.");
        if (!nodes) return;
        foreach (var circuit in answer.Circuits) terminal.Ansi.Write(Nodes(circuit, answer.Tokens));
    }

    private static Table Nodes(CircuitAnswer circuit, IReadOnlyList<string> tokens)
    {
        var table = new Table().Border(TableBorder.Simple).Title(circuit.Task).AddColumn("node");
        foreach (var heading in new[] { "mean", "at the last token", "farthest from the mean" })
            table.AddColumn(new TableColumn(heading).RightAligned());
        table.AddColumn("at");
        foreach (var node in circuit.Nodes)
        {
            table.AddRow(
                node.Node, Number(node.Mean), Number(node.Last), Number(node.Farthest),
                Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{node.At} {tokens[node.At]}")));
        }
        return table;
    }

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Unescape(string text) =>
        string.Join(
            '\\',
            text.Split(@"\\").Select(
                part => part.Replace(@"\n", "\n", StringComparison.Ordinal).Replace(@"\t", "\t", StringComparison.Ordinal)));
}
