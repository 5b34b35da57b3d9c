using System.CommandLine;
using System.Globalization;
using System.Text;
using Spectre.Console;
using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli;

/// <summary><c>sweeps tasks [NAME|FILE]</c>: the tasks, or pairs of one task or of a file's tasks.</summary>
internal static class TasksCommand
{
    private const int MostPairs = 1_000_000;

    public static Command Create(Terminal terminal)
    {
        var which =
            new Argument<string?>("NAME|FILE")
            {
                Description = "A built-in task, or a file of own tasks. Without one, the built-in tasks "
                    + "are listed.",
                Arity = ArgumentArity.ZeroOrOne,
            };
        var count = new Option<int>("--count")
        {
            Description = "How many pairs. Default: 3.",
            HelpName = "N",
            DefaultValueFactory = _ => 3,
        };
        count.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > MostPairs)
                given.AddError($"--count is {given.GetValueOrDefault<int>()}: expected 1 to {MostPairs}");
        });
        var split = new Option<TaskSplit>("--split")
        {
            Description = "Which pairs: train, validation or test. Default: train.",
            HelpName = "SPLIT",
        };
        split.AcceptOnlyFromAmong("train", "validation", "test");
        var seed = new Option<ulong>("--seed")
        {
            Description = "The seed of the pairs. Default: 1.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var json = CommandLine.JsonOption();
        var command = new Command("tasks", "Lists the tasks, or prints pairs of prompts of one.") { which, count, split, seed, json };
        command.SetAction(parsed => terminal.Guard(parsed.GetValue(json), () =>
        {
            var asJson = parsed.GetValue(json);
            if (parsed.GetValue(which) is not { } name)
            {
                List(TaskCatalog.All, terminal, asJson);
                return ExitCode.Ok;
            }
            foreach (var task in Find(name))
                Print(task, parsed.GetValue(split), parsed.GetValue(seed), parsed.GetValue(count), terminal, asJson);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static IReadOnlyList<TaskDefinition> Find(string name)
    {
        if (TaskCatalog.All.FirstOrDefault(task => task.Name == name) is { } known) return [known];
        if (File.Exists(name)) return [.. TaskFile.Load(name).Select(own => TaskCatalog.Get(own.Key, own.Value))];
        var near = NearestName.Of(name, TaskCatalog.All.Select(task => task.Name));
        throw new CliException(
            ExitCode.Invalid,
            $"{name} is neither a task nor a file: {(near is null ? "`sweeps tasks` lists the tasks" : $"did you mean {near}?")}");
    }

    private static void List(IReadOnlyList<TaskDefinition> tasks, Terminal terminal, bool json)
    {
        if (json)
        {
            foreach (var task in tasks)
                terminal.Json(new { name = task.Name, rule = task.Rule, completionA = task.CompletionA, completionB = task.CompletionB });
            return;
        }
        var table = new Table().Border(TableBorder.Simple).AddColumns("task", "completion of A", "of B", "rule");
        foreach (var task in tasks)
            table.AddRow(
                new[] { task.Name, Visible(task.CompletionA), Visible(task.CompletionB), task.Rule }.Select(Markup.Escape).ToArray());
        terminal.Ansi.Write(table);
        terminal.Line("␣ is a space, ⏎ the end of a line, $item a word that differs from pair to pair. `sweeps tasks NAME` prints pairs.");
    }

    private static void Print(TaskDefinition task, TaskSplit split, ulong seed, int count, Terminal terminal, bool json)
    {
        if (!json) terminal.Line($"{task.Name}: {task.Rule}");
        for (var index = 0; index < count; index++)
        {
            var pair = task.Pair(seed, split, index);
            if (json)
            {
                terminal.Json(
                    new
                    {
                        task = task.Name,
                        split,
                        seed,
                        index,
                        promptA = pair.PromptA,
                        completionA = pair.CompletionA,
                        promptB = pair.PromptB,
                        completionB = pair.CompletionB,
                    });
                continue;
            }
            terminal.Line(string.Create(CultureInfo.InvariantCulture, $"\n{split.ToString().ToLowerInvariant()} {index}"));
            Print("A", pair.PromptA, pair.CompletionA, terminal);
            Print("B", pair.PromptB, pair.CompletionB, terminal);
        }
    }

    /// <summary>The prompt's lines behind a bar, then where it ends the completion.</summary>
    private static void Print(string side, string prompt, string completion, Terminal terminal)
    {
        var text = new StringBuilder();
        foreach (var (index, line) in prompt.Split('\n').Index())
            text.Append(CultureInfo.InvariantCulture, $"{(index == 0 ? "" : "\n")}{(index == 0 ? side : " ")} │ {Markup.Escape(line)}");
        terminal.Ansi.MarkupLine($"{text}[green]▸{Markup.Escape(Visible(completion))}[/]");
    }

    private static string Visible(string completion) => completion.Replace(' ', '␣').Replace('\n', '⏎');
}
