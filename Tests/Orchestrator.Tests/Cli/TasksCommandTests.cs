using System.Text.Json;
using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What `sweeps tasks` prints, and that docs/tasks.md shows it.</summary>
public class TasksCommandTests
{
    private static string Example => RepositoryFile.Path("examples/tasks/import_from.hocon");

    [Fact]
    public async Task All_tasks_are_listed_with_rule_and_completions()
    {
        var run = await CommandLineRun.OfAsync("tasks");
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.All(TaskCatalog.All, task => Assert.Matches($@"\n +{task.Name} .* {task.Rule} *\n", run.Output));
        Assert.Matches(@"\n +for_while +␣in +:⏎ +loop keyword *\n", run.Output);
        Assert.Equal(TaskCatalog.All.Select(task => task.Name), await Names("tasks", "--json"));

        static async Task<List<string?>> Names(params string[] args) =>
            [.. (await CommandLineRun.OfAsync(args)).Output.TrimEnd().Split('\n').Select(
                line => JsonDocument.Parse(line).RootElement.GetProperty("name").GetString())];
    }

    [Fact]
    public async Task Pairs_are_those_of_the_split_and_seed()
    {
        var run = await CommandLineRun.OfAsync("tasks", "var_swap", "--count", "2", "--split", "test", "--seed", "9", "--json");
        var pairs = run.Output.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(2, pairs.Count);
        for (var i = 0; i < 2; i++)
        {
            var pair = TaskCatalog.Get("var_swap").Pair(9, TaskSplit.Test, i);
            Assert.Equal(
                (pair.PromptA, pair.PromptB, pair.CompletionA, pair.CompletionB),
                (Text("promptA"), Text("promptB"), Text("completionA"), Text("completionB")));
            string? Text(string name) => pairs[i].GetProperty(name).GetString();
        }
    }

    [Fact]
    public async Task The_documentation_shows_what_is_printed()
    {
        var documentation = await File.ReadAllTextAsync(RepositoryFile.Path("docs/tasks.md"));
        foreach (var task in TaskCatalog.All)
        {
            var run = await CommandLineRun.OfAsync("tasks", task.Name, "--count", "1");
            Assert.Contains($"```text\n{run.Output.TrimEnd()}\n```", documentation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_file_s_tasks_are_checked_and_printed()
    {
        var run = await CommandLineRun.OfAsync("tasks", Example, "--count", "1");
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"(?s)import a module.*A │.* │ +from (os|sys)▸␣import.*B │.* │ +import (os|sys)▸⏎", run.Output);
    }

    [Fact]
    public async Task The_documentation_s_own_task_is_the_example_s()
    {
        var documentation = await File.ReadAllTextAsync(RepositoryFile.Path("docs/tasks.md"));
        var shown = documentation.Split("```hocon\n")[1].Split("```")[0];
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, shown);
        static string Json(string file) => JsonSerializer.Serialize(TaskFile.Load(file));
        Assert.Equal(Json(Example), Json(path));
        File.Delete(path);
    }

    [Fact]
    public async Task What_is_not_a_task_is_refused_with_the_nearest_name()
    {
        var run = await CommandLineRun.OfAsync("tasks", "foo_while");
        Assert.Equal(
            (ExitCode.Invalid, "sweeps: foo_while is neither a task nor a file: did you mean for_while?\n", ""),
            (run.ExitCode, run.Error, run.Output));
    }
}
