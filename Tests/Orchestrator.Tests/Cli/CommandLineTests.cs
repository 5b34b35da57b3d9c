using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary>Commands, their exit codes and what they say, without starting a device.</summary>
public sealed class CommandLineTests : IDisposable
{
    private const string Sweep = """
        name = small
        corpus { idioms { documents = 100 } }
        tokenizer { vocab_size = 300 }
        model { n_layer = 1, d_model = 16, n_ctx = 32 }
        training { steps = 5 }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("cli").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "sweep.hocon");
        File.WriteAllText(path, text);
        return path;
    }

    [Theory]
    [InlineData]
    [InlineData("frobnicate")]
    [InlineData("run")]
    [InlineData("run", "a.hocon", "--colour")]
    [InlineData("run", "a.hocon", "--devices", "gpu")]
    [InlineData("run", "nothing.hocon")]
    [InlineData("show", "/nothing")]
    [InlineData("report", "/nothing")]
    [InlineData("circuit", "/nothing")]
    [InlineData("verify", "/nothing")]
    [InlineData("backup", "/nothing", "/tmp/nothing")]
    [InlineData("pause", "/nothing")]
    [InlineData("cancel", "/nothing", "--yes")]
    [InlineData("retry", "/nothing")]
    [InlineData("tasks", "nothing")]
    [InlineData("tasks", "var_if", "--split", "7")]
    [InlineData("tasks", "var_if", "--count", "0")]
    [InlineData("search", "show", "nothing/at_all", "--dir", "/nothing")]
    public async Task A_wrong_command_line_ends_with_2_and_a_complaint(params string[] args)
    {
        var run = await CommandLineRun.OfAsync(args);
        Assert.Equal(ExitCode.Invalid, run.ExitCode);
        Assert.NotEmpty(run.Error);
        Assert.Empty(run.Output);
    }

    [Fact]
    public async Task Help_lists_commands_and_exit_codes_but_not_the_device()
    {
        var run = await CommandLineRun.OfAsync("--help");
        Assert.Equal(ExitCode.Ok, run.ExitCode);
        Assert.Contains("130  stopped by Ctrl-C", run.Output, StringComparison.Ordinal);
        foreach (var command in new[] { "run", "show", "report", "circuit", "search", "tasks", "verify", "backup", "doctor" })
            Assert.Contains($"\n  {command} ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n  device", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_sweep_file_ends_with_2_and_all_its_problems()
    {
        var file = Write(Sweep + "\nsed = 2\ntraining.steps = many");
        var run = await CommandLineRun.OfAsync("run", file);
        Assert.Equal(ExitCode.Invalid, run.ExitCode);
        Assert.Equal(
            $"{file}:6: sed is not known: did you mean seed?\n{file}:7: training.steps is \"many\" (a string): expected a whole number\n",
            run.Error);

        var json = await CommandLineRun.OfAsync("run", file, "--json");
        var problem = JsonDocument.Parse(json.Output).RootElement.GetProperty("problems")[0];
        Assert.Equal((6, "sed"), (problem.GetProperty("line").GetInt32(), problem.GetProperty("key").GetString()));
        Assert.Empty(json.Error);
    }

    [Fact]
    public async Task A_dry_run_counts_the_entries_of_a_tokenizer_that_is_given()
    {
        var tokenizer = RepositoryFile.Path("Tests/Reference/checkpoints/tokenizer");
        var given = $"encoder_path = \"{tokenizer}/encoder.json\", merges_path = \"{tokenizer}/vocab.bpe\", vocab_size = 60000";
        Assert.Equal(await Parameters("vocab_size = 280"), await Parameters(given));

        async Task<long> Parameters(string options)
        {
            var run = await CommandLineRun.OfAsync("run", Write($"{Sweep}\ntokenizer {{ {options} }}"), "--dry-run", "--quick", "--json");
            return JsonDocument.Parse(run.Output).RootElement.GetProperty("models")[0].GetProperty("parameters").GetInt64();
        }
    }

    [Fact]
    public async Task A_dry_run_says_what_the_sweep_takes_and_starts_nothing()
    {
        var folder = Path.Combine(_folder, "run");
        var file = Write(Sweep + "\ntasks = [set_or_string]\ngrid.l0 = [1, 0.5]");
        var table = await CommandLineRun.OfAsync("run", file, "--dir", folder, "--dry-run", "--quick");
        Assert.Equal(ExitCode.Ok, table.ExitCode);
        Assert.Contains("Sweep small: 2 trainings, 2 evaluations, 512 prunings in 2 searches", table.Output, StringComparison.Ordinal);
        Assert.Contains("d16n1-l0.5-r0", table.Output, StringComparison.Ordinal);
        Assert.Contains(
            "Sweep small: 1 training, 1 evaluation, 256 prunings in 1 search, at most",
            (await CommandLineRun.OfAsync("run", Write(Sweep + "\ntasks = [set_or_string]"), "--dry-run", "--quick")).Output,
            StringComparison.Ordinal);

        file = Write(Sweep + "\ntasks = [set_or_string]\ngrid.l0 = [1, 0.5]");
        var json = JsonDocument.Parse(
            (await CommandLineRun.OfAsync("run", file, "--dir", folder, "--dry-run", "--quick", "--json")).Output).RootElement;
        Assert.Equal(512, json.GetProperty("trials").GetProperty("prunings").GetInt64());
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData(null, "", "FOLDER/texts does not exist: expected a folder or a file of text")]
    [InlineData("", "", "folder FOLDER/texts has no file that ends in .py: expected at least one; see corpus.files.extensions")]
    [InlineData("a.txt", "text", "folder FOLDER/texts has no file that ends in .py: expected at least one; "
        + "left out: 1 file with another ending; see corpus.files.extensions")]
    [InlineData("a.py", "", "no file of folder FOLDER/texts that ends in .py has a document: expected at least one; "
        + "left out: 1 empty document")]
    [InlineData("a.jsonl", "{\"text\": 1}\n", "no file of folder FOLDER/texts that ends in .jsonl has a document: expected at least one; "
        + "left out: 1 damaged line (a.jsonl:1: expected a string \"text\" or \"content\")", ".jsonl")]
    public async Task A_corpus_that_cannot_be_made_is_refused_before_anything_starts(
        string? name, string text, string problem, string ending = ".py")
    {
        var file = Write($"name = small\ncorpus.files.path = texts\ncorpus.files.extensions = [\"{ending}\"]");
        if (name is not null) Directory.CreateDirectory(Path.Combine(_folder, "texts"));
        if (!string.IsNullOrEmpty(name)) await File.WriteAllTextAsync(Path.Combine(_folder, "texts", name), text);
        var run = await CommandLineRun.OfAsync("run", file, "--dir", Path.Combine(_folder, "run"));
        problem = problem.Replace("FOLDER", _folder, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Invalid, $"{_folder}/sweep.hocon:2: corpus.files.path: {problem}\n"), (run.ExitCode, run.Error));
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));
    }

    [Fact]
    public async Task A_tokenizer_that_cannot_be_read_is_refused_before_anything_starts()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "encoder.json"), "{}");
        var file = Write(Sweep + "\ntokenizer { encoder_path = encoder.json, merges_path = vocab.bpe }");
        var run = await CommandLineRun.OfAsync("run", file, "--dir", Path.Combine(_folder, "run"));
        Assert.Equal(ExitCode.Invalid, run.ExitCode);
        Assert.Contains(
            $"sweep.hocon:6: tokenizer file {_folder}/encoder.json: has 0 entries, expected 257 to", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "run")));
    }

    [Fact]
    public async Task A_changed_sweep_file_is_refused_with_the_difference_key_by_key()
    {
        var folder = Path.Combine(_folder, "run");
        await BeginAsync(SweepFile.Load(Write(Sweep)), folder);
        var run = await CommandLineRun.OfAsync("run", Write(Sweep + "\ntraining.steps = 6, seed = 3"), "--dir", folder);
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains(
            "\n  seed: 1 → 3; every model and every pair of prompts follows from the seed\n", run.Error, StringComparison.Ordinal);
        Assert.Contains("\n  training.steps: 5 → 6; its models were made with the old value\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_in_use_is_refused()
    {
        var folder = Path.Combine(_folder, "run");
        await using var other = await RunJournal.OpenAsync(
            new JournalStore.Sqlite(Path.Combine(folder, SweepFolder.JournalName)), folder, "process 1 on elsewhere");
        var run = await CommandLineRun.OfAsync("run", Write(Sweep), "--dir", folder);
        Assert.Equal(ExitCode.Refused, run.ExitCode);
        Assert.Contains(folder, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sweep_that_no_process_runs_can_be_cancelled_for_good_but_not_paused()
    {
        var folder = Path.Combine(_folder, "run");
        await BeginAsync(SweepFile.Load(Write(Sweep)), folder);
        foreach (var command in (string[])["pause", "resume"])
        {
            var refused = await CommandLineRun.OfAsync(command, folder);
            Assert.Equal((ExitCode.Refused, ""), (refused.ExitCode, refused.Output));
            Assert.Contains("no process runs this sweep", refused.Error, StringComparison.Ordinal);
        }
        Assert.Equal(ExitCode.Invalid, (await CommandLineRun.OfAsync("cancel", folder)).ExitCode);
        Assert.StartsWith("small: unfinished", (await CommandLineRun.OfAsync("show", folder)).Output, StringComparison.Ordinal);
        Assert.Equal($"{folder}: cancelled\n", (await CommandLineRun.OfAsync("cancel", folder, "--yes")).Output);
        Assert.Equal($"{folder}: nothing to do: it has ended already\n", (await CommandLineRun.OfAsync("cancel", folder, "--yes")).Output);
        Assert.StartsWith("small: cancelled", (await CommandLineRun.OfAsync("show", folder)).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, (await CommandLineRun.OfAsync("run", Write(Sweep), "--dir", folder)).ExitCode);
    }

    [Fact]
    public async Task An_unfinished_sweep_can_be_shown_and_reported()
    {
        var folder = Path.Combine(_folder, "run");
        await BeginAsync(SweepFile.Load(Write(Sweep)), folder);
        var shown = await CommandLineRun.OfAsync("show", folder);
        Assert.Equal((ExitCode.Ok, ""), (shown.ExitCode, shown.Error));
        Assert.StartsWith("small: unfinished", shown.Output, StringComparison.Ordinal);
        Assert.Contains("d16n1-l1-r0", shown.Output, StringComparison.Ordinal);
        Assert.Equal(
            "unfinished",
            JsonDocument.Parse((await CommandLineRun.OfAsync("show", folder, "--json")).Output).RootElement.GetProperty(
                "status").GetString());

        var report = await CommandLineRun.OfAsync("report", folder);
        Assert.Equal((ExitCode.Ok, ""), (report.ExitCode, report.Error));
        Assert.True(File.Exists(Path.Combine(folder, "report.json")));
    }

    /// <summary>Begins a sweep whose devices never start, and stops it once it is in the journal.</summary>
    private static async Task BeginAsync(SweepSpec spec, string folder)
    {
        var submitted = new Submitted();
        await using var host = await SweepHost.StartAsync(
            spec, folder, new NodeOptions { Devices = ["cpu"] }, new NoDevices(), TimeProvider.System, submitted);
        await submitted.Seen;
    }

    private sealed class NoDevices : IDeviceLauncher
    {
        public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener) =>
            throw new IOException("there are no devices in this test");

        public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);
    }

    /// <summary>The first message about a trial comes after the sweep's own event is stored.</summary>
    private sealed class Submitted : IObserver<SweepProgress>
    {
        private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Seen => _seen.Task;

        public void OnNext(SweepProgress value)
        {
            if (value is TrialChanged) _seen.TrySetResult();
        }

        public void OnCompleted() => _seen.TrySetException(new InvalidOperationException("the sweep ended before it began"));

        public void OnError(Exception error) => _seen.TrySetException(error);
    }
}
