using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Sweeps.ModelCore.Pruning;
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
        var attention = new Option<bool>("--attention")
        {
            Description = "Show where the heads look from the last token that the circuits have nodes of.",
        };
        var top = new Option<int>("--top")
        {
            Description = "How many next tokens to show.",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        var (config, json) = (CommandLine.ConfigOption(), CommandLine.JsonOption());
        var command = new Command(
            "ask", "Asks a model what follows a prompt: the likeliest tokens, what each of its circuits answers, and what their nodes do.")
        {
            folder, model, prompt, escapes, task, nodes, attention, top, config, json,
        };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var place = parsed.GetRequiredValue(folder);
            var text = parsed.GetRequiredValue(prompt);
            if (text == "-") text = Console.In.ReadToEnd();
            if (parsed.GetValue(escapes)) text = Unescape(text);
            if (parsed.GetValue(top) is < 1 or > TextQuestion.MostNext)
                throw new CliException(
                    ExitCode.Invalid, $"--top is {parsed.GetValue(top)}: expected 1 to {TextQuestion.MostNext}");
            var sweep = StoredSweep.Load(place, parsed.GetValue(config));
            var question = TextQuestion.Of(
                sweep, place, parsed.GetRequiredValue(model), parsed.GetValue(task), text, parsed.GetValue(top),
                parsed.GetValue(attention));
            var answer = question.AskAsync(CancellationToken.None).GetAwaiter().GetResult();
            if (parsed.GetValue(json)) terminal.Json(answer);
            else Print(answer, parsed.GetValue(nodes), parsed.GetValue(attention), terminal);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static void Print(PromptAnswer answer, bool nodes, bool attention, Terminal terminal)
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
        if (nodes) foreach (var circuit in answer.Circuits) terminal.Ansi.Write(Nodes(circuit, answer.Tokens));
        if (attention) foreach (var circuit in answer.Circuits) terminal.Ansi.Write(Heads(circuit, answer));
    }

    private static Table Heads(CircuitAnswer circuit, PromptAnswer answer)
    {
        var table = new Table().Border(TableBorder.Simple).Title($"{circuit.Task}: from the last token").AddColumn("head")
            .AddColumns("in the model", "in the circuit");
        foreach (var head in circuit.Heads)
        {
            var whole = answer.Heads.Single(other => (other.Layer, other.Head) == (head.Layer, head.Head));
            table.AddRow($"layer {head.Layer}, head {head.Head}", Looks(whole), Looks(head));
        }
        return table;

        // The three tokens that it looks at most.
        string Looks(HeadPattern head) => Markup.Escape(string.Join(
            "  ",
            head.Weights[^1].Select((weight, at) => (Weight: weight, At: at)).OrderByDescending(look => look.Weight).Take(3).Select(
                look => $"{Format.Percent(look.Weight)} {look.At} {answer.Tokens[look.At]}")));
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
