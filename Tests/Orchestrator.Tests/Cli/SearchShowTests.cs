using System.Text.Json;
using Sweeps.Actors.Journal;
using Sweeps.Actors.Journal.Sql;
using Sweeps.Actors.Sweeps;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Cli;

/// <summary><c>sweeps search show</c>, on a journal that nobody computed.</summary>
public sealed class SearchShowTests : IDisposable
{
    private const string Id = "d32n1-l0.5-r0/set_or_string";
    private static readonly ArtifactRef _file = new("file", new string('0', 64), 1);

    private static readonly SweepSpec _spec = new()
    {
        Name = "small",
        Corpus = new() { Idioms = new() },
        Grid = new() { L0 = [0.5], DModel = [32], NLayer = [1] },
        Tasks = ["set_or_string", "bracket_counting"],
        Search = new() { Algorithm = "carbs", Rounds = 3, BatchSize = 4 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("search-show").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task It_shows_rounds_front_and_prunings_of_a_search_that_is_under_way()
    {
        await WriteAsync(observed: 9);
        var run = await ShowAsync(Id);
        Assert.Equal((ExitCode.Ok, ""), (run.ExitCode, run.Error));
        Assert.StartsWith(
            $"{Id}: carbs, version 1: 2 rounds closed, not ended yet. 12 prunings, of which 1 failed and 1 were forgotten.", run.Output,
            StringComparison.Ordinal);
        foreach (var part in new[] { "Best so far", "Pareto front", "init_noise_scale", "failed: the loss is NaN", "forgotten: no device",
            "not observed yet", "centre", "model" })
            Assert.Contains(part, run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_json_is_that_of_the_report()
    {
        await WriteAsync(observed: 12);
        var json = JsonDocument.Parse((await ShowAsync(Id, "--json")).Output).RootElement;
        Assert.Equal(Id, json.GetProperty("id").GetString());
        var task = json.GetProperty("task");
        Assert.Equal("rounds", task.GetProperty("search").GetProperty("ended").GetString());
        Assert.Equal(12, task.GetProperty("prunings").GetArrayLength());
        var best = task.GetProperty("bestSoFar").EnumerateArray().Select(b => b.GetDouble()).ToList();
        Assert.Equal(3, best.Count);
        Assert.Equal(best.OrderDescending(), best);
    }

    [Theory]
    [InlineData($"searches/{Id}")]
    [InlineData($"searches/{Id}/")]
    public async Task The_folder_s_name_will_do_as_an_id(string id)
    {
        await WriteAsync(observed: 4);
        Assert.Equal(ExitCode.Ok, (await ShowAsync(id)).ExitCode);
        Assert.Equal(ExitCode.Ok, (await CommandLineRun.OfAsync("search", "show", $"{_folder}/{id}")).ExitCode);
    }

    [Fact]
    public async Task An_unknown_id_is_answered_with_those_nearest_to_it()
    {
        await WriteAsync(observed: 4);
        var run = await ShowAsync("d32n1-l0.5-r0/set_of_string");
        Assert.Equal(
            (ExitCode.Invalid,
            $"sweeps: there is no search d32n1-l0.5-r0/set_of_string in {_folder}: did you mean {Id}, "
                + $"d32n1-l0.5-r0/bracket_counting?\n"),
            (run.ExitCode, run.Error));
    }

    [Fact]
    public async Task A_search_that_has_not_begun_is_an_error_that_says_so()
    {
        await WriteAsync(observed: 4);
        var run = await ShowAsync("d32n1-l0.5-r0/bracket_counting");
        Assert.Equal(
            (ExitCode.Invalid, "sweeps: the search d32n1-l0.5-r0/bracket_counting has not begun yet\n"), (run.ExitCode, run.Error));
    }

    private Task<CommandLineRun> ShowAsync(string id, params string[] more) =>
        CommandLineRun.OfAsync(["search", "show", id, "--dir", _folder, .. more]);

    /// <summary>A sweep whose first search has so many prunings resolved: the second failed, the sixth was forgotten.</summary>
    private async Task WriteAsync(int observed)
    {
        var plan = SweepPlan.Of(_spec);
        var model = plan.Models.Single();
        var prepared = new PrepareResult(new CorpusArtifacts(_file, _file, _file, _file), 300, 100, 1000, 900, 100, 4);
        var trained = new TrainResult(_file, _file, _file, 10, 1000, 100, 0.5, 2, 2, 0.1, 3);
        var id = new SearchId(model.Id, _spec.Tasks[0]);

        var begin = plan.Search(model, id.Task, prepared, trained).Begin();
        List<SearchEvent> events = [.. CircuitSearchState.Decide(CircuitSearchState.Initial, begin).Events];
        var state = events.Aggregate(CircuitSearchState.Initial, CircuitSearchState.Apply);
        for (var index = 0; index < observed; index++)
        {
            var happened = CircuitSearchState.Decide(state, Resolve(index)).Events;
            events.AddRange(happened);
            state = happened.Aggregate(state, CircuitSearchState.Apply);
        }

        var path = Path.Combine(_folder, SweepFolder.JournalName);
        await using var journal = await RunJournal.OpenAsync(new JournalStore.Sqlite(path), _folder, "test");
        Append(path, SweepJournal.Sweep, [
            new SweepSubmitted(_spec), new TrialResultRecorded(SweepPlan.Preparation, prepared), new TrialResultRecorded(
                model.Trial, trained),
            new TrialResultRecorded(model.Of(SweepStage.Evaluate, id.Task), new EvaluateResult(0.1, 0.1, 0.1, 1))]);
        Append(path, SweepJournal.Search(id), events);
    }

    private static SearchCommand Resolve(int index) => index switch
    {
        1 => new RecordOutcome(index, new PruningOutcome(null, [], null, null, "the loss is NaN"), 1),
        5 => new ForgetSuggestion(index, "no device"),
        _ => new RecordOutcome(
            index, new PruningOutcome(null, [new ProbeResult(9, 100 - index, 0.2, 0.1, 1, 0)], null, Math.Log10(101 - index), null), 1),
    };

    private static void Append(string path, string stream, IEnumerable<object> events) =>
        SqliteAppend.Begin(path, stream, events.Select(e => SweepJournal.Registry.Serialize(e)));
}
