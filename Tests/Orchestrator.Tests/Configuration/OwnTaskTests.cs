using Sweeps.ModelCore.Tasks;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Configuration;

/// <summary>A task of a user's own: from its file, through a sweep file, to pairs.</summary>
public sealed class OwnTaskTests : IDisposable
{
    private const string Task = """
        own_tasks.import_from {
          rule = "import a module or from a module"
          prompts = [
            "${lines}$<from|import> $module"
          ]
          completion_a = " import"
          completion_b = "\n"
          words.module { train = [os], validation = [re], test = [json] }
        }
        """;

    private const string Sweep = "name = s\ncorpus { idioms {} }\ninclude \"task.hocon\"\ntasks = [import_from, var_swap]";

    private readonly string _folder = Directory.CreateTempSubdirectory("own-task").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private SweepSpec Load(string task, string sweep = Sweep)
    {
        Write("task.hocon", task);
        return SweepFile.Load(Write("s.hocon", sweep), _ => null);
    }

    private string[] Errors(string task, string sweep = Sweep) =>
        [.. Assert.Throws<InvalidConfigurationException>(() => Load(task, sweep)).Problems.Select(
            problem => problem.ToString().Replace(_folder + "/", "", StringComparison.Ordinal))];

    [Fact]
    public void An_included_task_becomes_part_of_the_sweep_and_gives_pairs()
    {
        var spec = Load(Task);
        Assert.Equal(["import_from", "var_swap"], spec.Tasks);
        var pair = TaskCatalog.Get("import_from", spec.OwnTasks["import_from"]).Pair(1, TaskSplit.Test, 0);
        Assert.EndsWith("\nfrom json", pair.PromptA, StringComparison.Ordinal);
        Assert.Equal(pair.PromptA[..^"from json".Length] + "import json", pair.PromptB);
        Assert.Equal((" import", "\n"), (pair.CompletionA, pair.CompletionB));
    }

    [Fact]
    public void The_file_alone_gives_the_same_task()
    {
        var pair = TaskCatalog.Get("import_from", Load(Task).OwnTasks["import_from"]).Pair(7, TaskSplit.Train, 3);
        Assert.Equal(
            pair, TaskCatalog.Get("import_from", TaskFile.Load(Write("alone.hocon", Task))["import_from"]).Pair(7, TaskSplit.Train, 3));
    }

    [Fact]
    public void A_changed_task_makes_another_sweep()
    {
        var changed = Load(
            Task.Replace("[re]", "[abc]", StringComparison.Ordinal).Replace("$<from|import>", "$<import|from>", StringComparison.Ordinal));
        Assert.Equal(
            ["own_tasks.import_from.prompts: [\"${lines}$<from|import> $module\"] → [\"${lines}$<import|from> $module\"]",
             "own_tasks.import_from.words.module.validation: [\"re\"] → [\"abc\"]"],
            SpecDifference.Between(Load(Task), changed).Select(
                difference => $"{difference.Key}: {difference.Before} → {difference.After}"));
        Assert.All(
            SpecDifference.Between(Load(Task), Load(Task, "name = s\ncorpus { idioms {} }\ntasks = [import_from, var_swap]\n" + Task)),
            _ => Assert.Fail("where a task is written does not matter"));
    }

    [Theory]
    [InlineData(
        "$module\"", "$modul\"",
        "task.hocon:4: own_tasks.import_from.prompts.0 has $modul, for which there are no words: did you mean $module?")]
    [InlineData(
        "$<from|import>", "$<from|import",
        "task.hocon:4: own_tasks.import_from.prompts.0 is \"${lines}$<from|import $module\", which has an alternative that does not end: "
            + "expected $<A|B>")]
    [InlineData("  completion_a = \" import\"\n", "", "task.hocon:1: own_tasks.import_from.completion_a is missing: expected a string")]
    [InlineData(
        "\" import\"", "\"\\n\"",
        "task.hocon:7: own_tasks.import_from.completion_b is \"\\n\", as completion_a is: expected two completions that differ")]
    [InlineData("[re]", "[]", "task.hocon:8: own_tasks.import_from.words.module.validation is empty: expected at least one word")]
    [InlineData(
        "[json]", "[json, os]",
        "task.hocon:8: own_tasks.import_from.words.module.test has \"os\", which words.module.train has too: expected splits that share "
            + "no word")]
    [InlineData(
        "own_tasks.import_from", "own_tasks.var_swap", "s.hocon:4: tasks: there is no task \"import_from\": expected one of ",
        "task.hocon:1: own_tasks.var_swap is the name of a built-in task: expected another")]
    [InlineData(
        "own_tasks.import_from", "own_tasks.import-from", "s.hocon:4: tasks: there is no task \"import_from\": did you mean import-from?",
        "task.hocon:1: own_tasks has \"import-from\": expected up to 64 lower-case letters, digits and '_', the first a letter")]
    [InlineData(
        "words.module {", "words.module = 1, wrods {",
        "task.hocon:4: own_tasks.import_from.prompts.0 has $module, for which there are no words: did you mean ",
        "task.hocon:8: own_tasks.import_from.words.module is 1 (a number): expected a section { ... }",
        "task.hocon:8: own_tasks.import_from.wrods is not known: did you mean own_tasks.import_from.words?")]
    public void A_wrong_task_is_refused_with_file_and_line(string part, string by, params string[] errors)
    {
        var found = Errors(Task.Replace(part, by, StringComparison.Ordinal));
        Assert.Equal(errors.Length, found.Length);
        Assert.All(errors.Zip(found, (expected, error) => (Expected: expected, Error: error)),
            pair => Assert.StartsWith(pair.Expected, pair.Error, StringComparison.Ordinal));
    }

    [Fact]
    public void A_file_of_tasks_has_tasks_and_nothing_else()
    {
        string Refused(string text) =>
            Assert.Throws<InvalidConfigurationException>(() => TaskFile.Load(Write("alone.hocon", text))).Message;
        Assert.EndsWith("alone.hocon: own_tasks is empty: expected at least one task", Refused(""), StringComparison.Ordinal);
        Assert.EndsWith("alone.hocon:1: name is not known: expected one of own_tasks", Refused("name = s"), StringComparison.Ordinal);
    }
}
