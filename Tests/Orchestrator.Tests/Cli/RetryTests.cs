using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>What failed through something outside of the sweep is tried again once that is mended.</summary>
public sealed class RetryTests : IDisposable
{
    private const string Sweep = """
        name = small
        corpus { files { path = texts, extensions = [".jsonl"], max_damaged = 0 }, validation_fraction = 0.2 }
        tokenizer { vocab_size = 280 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 5, batch_size = 2, eval_every = 5, eval_batches = 1, mean_cache_tokens = 128 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("retry").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_corpus_with_a_damaged_line_fails_until_it_is_mended_and_tried_again()
    {
        var (file, run, texts) = (Path.Combine(_folder, "sweep.hocon"), Path.Combine(_folder, "run"), Path.Combine(_folder, "texts"));
        await File.WriteAllTextAsync(file, Sweep);
        var lines = Enumerable.Range(0, 80).Select(
            i => $$"""{"text": "for i in range({{i}}): print('number', i, 'of', {{i}})"}""").ToArray();
        Directory.CreateDirectory(texts);
        await File.WriteAllLinesAsync(Path.Combine(texts, "a.jsonl"), [.. lines[..40], "{", .. lines[40..]]);

        Assert.Equal(ExitCode.SomeFailed, (await SweepProcess.RunAsync(file, run)).ExitCode);
        Assert.StartsWith("small: complete, but 1 failed", (await CommandLineRun.OfAsync("show", run)).Output, StringComparison.Ordinal);
        var unknown = await CommandLineRun.OfAsync("retry", run, "models/other");
        Assert.Equal((ExitCode.Refused, ""), (unknown.ExitCode, unknown.Output));
        Assert.Contains("models/other is no trial of the sweep", unknown.Error, StringComparison.Ordinal);

        await File.WriteAllLinesAsync(Path.Combine(texts, "a.jsonl"), lines);
        Assert.Equal(ExitCode.SomeFailed, (await SweepProcess.RunAsync(file, run)).ExitCode);
        Assert.Equal(
            $"{run}: corpus will be tried again by the next `sweeps run`\n", (await CommandLineRun.OfAsync("retry", run)).Output);
        Assert.StartsWith("small: unfinished", (await CommandLineRun.OfAsync("show", run)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, run)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", run)).ExitCode);
        Assert.Equal($"{run}: nothing to do: no trial has failed\n", (await CommandLineRun.OfAsync("retry", run)).Output);

        var fresh = Path.Combine(_folder, "fresh");
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, fresh)).ExitCode);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(fresh, "report.json")),
            await File.ReadAllBytesAsync(Path.Combine(run, "report.json")));
    }

    [Fact]
    public async Task What_failed_by_an_option_goes_on_with_another_as_long_as_nothing_was_found()
    {
        var (file, run, texts) = (Path.Combine(_folder, "sweep.hocon"), Path.Combine(_folder, "run"), Path.Combine(_folder, "texts"));
        Directory.CreateDirectory(texts);
        await File.WriteAllLinesAsync(Path.Combine(texts, "a.jsonl"), Enumerable.Range(0, 80).Select(
            i => $$"""{"text": "for i in range({{i}}): print('number', i, 'of', {{i}})"}"""));

        Task SaysAsync(string options) => File.WriteAllTextAsync(file, $"{Sweep}\n{options}\n");
        async Task<string> RefusedAsync()
        {
            var refused = await CommandLineRun.OfAsync("run", file, "--dir", run);
            Assert.Equal(ExitCode.Refused, refused.ExitCode);
            return refused.Error;
        }

        await SaysAsync("tokenizer.vocab_size = 60000");
        Assert.Equal(ExitCode.SomeFailed, (await SweepProcess.RunAsync(file, run)).ExitCode);
        await SaysAsync("training.peak_lr = 1e30");
        Assert.Equal(ExitCode.SomeFailed, (await SweepProcess.RunAsync(file, run)).ExitCode);
        await SaysAsync("tokenizer.vocab_size = 290");
        Assert.Contains("its models were trained on the corpus as it was", await RefusedAsync(), StringComparison.Ordinal);
        await SaysAsync("");
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, run)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("verify", run)).ExitCode);
        await SaysAsync("training.peak_lr = 0.1");
        Assert.Contains("its models were made with the old value", await RefusedAsync(), StringComparison.Ordinal);

        var fresh = Path.Combine(_folder, "fresh");
        await File.WriteAllTextAsync(file, Sweep);
        Assert.Equal(ExitCode.Ok, (await SweepProcess.RunAsync(file, fresh)).ExitCode);
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(fresh, "report.json")),
            await File.ReadAllBytesAsync(Path.Combine(run, "report.json")));
    }

    [Theory]
    [InlineData(0, true, "all that failed are tried again now")]
    [InlineData(1, true, "t0 is tried again now")]
    [InlineData(2, true, "t0, t1 are tried again now")]
    [InlineData(1, false, "t0 will be tried again by the next `sweeps run`")]
    [InlineData(10, false, "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 will be tried again by the next `sweeps run`")]
    [InlineData(12, true, "t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 and 2 more are tried again now")]
    public void It_names_some_of_what_is_tried_again_and_counts_the_others(int count, bool isRunning, string expected) =>
        Assert.Equal(expected, RetryCommand.Accepted([.. Enumerable.Range(0, count).Select(i => $"t{i}"), .. First(count)], isRunning));

    // Whoever names a trial twice means it once.
    private static IEnumerable<string> First(int count) => count > 0 ? ["t0"] : [];
}
