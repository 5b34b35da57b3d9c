using System.Text.Json;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

[Collection(FinishedRun.Tests)]
public sealed class AskTests(FinishedRun run)
{
    private const string Model = "d16n1-l0.5-r0";

    [Fact]
    public async Task A_model_says_what_follows_and_each_circuit_answers_with_its_nodes()
    {
        var asked = await CommandLineRun.OfAsync("ask", run.Folder, Model, @"name = ""Ann\n", "--escapes", "--top", "3", "--json");
        Assert.Equal(ExitCode.Ok, asked.ExitCode);
        var answer = JsonDocument.Parse(asked.Output).RootElement;
        var next = answer.GetProperty("next").EnumerateArray().Select(token => token.GetProperty("probability").GetDouble()).ToList();
        Assert.Equal(3, next.Count);
        Assert.Equal(next.OrderDescending(), next);
        Assert.InRange(next.Sum(), 0, 1);
        var circuit = Assert.Single(answer.GetProperty("circuits").EnumerateArray());
        Assert.Equal("single_double_quote", circuit.GetProperty("task").GetString());
        Assert.InRange(circuit.GetProperty("circuit").GetDouble(), 0, 1);
        var shown = await CommandLineRun.OfAsync("circuit", run.Folder, Model, "single_double_quote", "--json");
        var nodes = JsonDocument.Parse(shown.Output).RootElement.GetProperty("nodes").EnumerateArray().Select(
            node => node.GetProperty("name").GetString());
        Assert.Equal(
            nodes.Order(StringComparer.Ordinal),
            circuit.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("node").GetString()).Order(
                StringComparer.Ordinal));
        Assert.All(
            circuit.GetProperty("nodes").EnumerateArray(),
            node => Assert.Equal(answer.GetProperty("tokens").GetArrayLength(), node.GetProperty("values").GetArrayLength()));
        Assert.Empty(circuit.GetProperty("heads").EnumerateArray());
        Assert.Contains(
            "P(A) is the probability", (await CommandLineRun.OfAsync("ask", run.Folder, Model, "x = 1", "--nodes")).Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the prompt has 0 tokens: expected 1 to 32", Model, "")]
    [InlineData("did you mean d16n1-l0.5-r0", "d16n1-l0.5-r7", "x")]
    public async Task A_question_that_cannot_be_asked_is_refused(string message, string model, string prompt)
    {
        var asked = await CommandLineRun.OfAsync("ask", run.Folder, model, prompt);
        Assert.Equal(ExitCode.Invalid, asked.ExitCode);
        Assert.Contains(message, asked.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_circuit_is_found_by_model_and_task_and_one_that_is_not_there_is_named()
    {
        var whole = await CommandLineRun.OfAsync("circuit", run.Folder, Model, "single_double_quote");
        Assert.Equal(ExitCode.Ok, whole.ExitCode);
        Assert.StartsWith($"single_double_quote in models/{Model}/", whole.Output, StringComparison.Ordinal);
        Assert.Contains(
            "edge_pruning", (await CommandLineRun.OfAsync("circuit", run.Folder, Model, "single_double_quote", "--edges")).Error,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected a circuit's file, or", (await CommandLineRun.OfAsync("circuit", run.Folder, Model)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trials_are_listed_with_their_times_and_have_logs()
    {
        var listed = await CommandLineRun.OfAsync("trials", run.Folder, "--under", "models/", "--json");
        Assert.Equal(ExitCode.Ok, listed.ExitCode);
        var trials = listed.Output.Trim().Split('\n').Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(
            [$"models/{Model}", $"models/{Model}/single_double_quote"], trials.Select(trial => trial.GetProperty("id").GetString()));
        Assert.All(trials, trial => Assert.Equal("succeeded", trial.GetProperty("phase").GetString()));
        Assert.All(
            trials,
            trial =>
                Assert.True(
                    TimeSpan.Parse(
                        trial.GetProperty("worked").GetString()!, System.Globalization.CultureInfo.InvariantCulture) > TimeSpan.Zero));
        Assert.Contains(
            ": succeeded", await File.ReadAllTextAsync(Path.Combine(run.Folder, $"logs/models/{Model}.log")), StringComparison.Ordinal);
        Assert.Contains(
            "no such trials", (await CommandLineRun.OfAsync("trials", run.Folder, "--failed")).Output, StringComparison.Ordinal);
    }
}
